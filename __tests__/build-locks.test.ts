/** What lock files come to. */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loginSecrets } from '../src/build/installer/logins.ts';
import type { Choice } from '../src/build/locks/choose.ts';
import { holds, type MarkerHost } from '../src/build/locks/markers.ts';
import { indexOptions } from '../src/build/locks/pin.ts';
import { canonicalRequirement, logicalLines } from '../src/build/requirements/requirement-lines.ts';
import { installers, thisPython } from './build.fixtures.ts';
import { bookworm, changed, host, LOCKS, pins, read, UV } from './build-locks.fixtures.ts';

const POETRY = ['asgiref==3.11.1', 'django==4.2.30', 'gunicorn==23.0.0', 'packaging==26.3', 'sqlparse==0.5.5'];
const PIPENV = ['asgiref==3.13.0', 'django==4.2.30', 'gunicorn==23.0.0', 'packaging==26.3', 'sqlparse==0.6.1'];

describe('what is installed', () => {
  const rows: [title: string, project: string, choice: Partial<Choice>, on: MarkerHost, wanted: string[]][] = [
    ['uv.lock', 'uv', {}, bookworm, UV],
    [
      'uv.lock with a group, which includes another, and an extra',
      'uv',
      { groups: ['prod'], extras: ['Text'] },
      bookworm,
      [...UV, 'iniconfig==2.3.1', 'markdown==3.11.3', 'whitenoise==6.12.0'].sort(),
    ],
    ['poetry.lock', 'poetry', {}, bookworm, POETRY],
    [
      'poetry.lock with a group and an extra',
      'poetry',
      { groups: ['prod'], extras: ['text'] },
      bookworm,
      [...POETRY, 'markdown==3.9', 'whitenoise==6.11.0'].sort(),
    ],
    ['poetry.lock on an older Python', 'poetry', {}, host('3.9.2'), [...POETRY, 'typing-extensions==4.16.0']],
    ['poetry.lock of Poetry 1', 'poetry-1', {}, bookworm, POETRY],
    [
      'poetry.lock of Poetry 1 with a group and an extra',
      'poetry-1',
      { groups: ['prod'], extras: ['text'] },
      host('3.9.2'),
      [
        ...POETRY,
        'importlib-metadata==8.7.1',
        'markdown==3.9',
        'typing-extensions==4.16.0',
        'whitenoise==6.11.0',
        'zipp==3.23.1',
      ].sort(),
    ],
    ['Pipfile.lock', 'pipenv', {}, bookworm, PIPENV],
    [
      'Pipfile.lock with categories',
      'pipenv',
      { groups: ['develop', 'prod'] },
      bookworm,
      [...PIPENV, 'iniconfig==2.3.1', 'whitenoise==6.12.0'].sort(),
    ],
  ];
  test.each(rows)('%s', async (_, project, choice, on, wanted) => {
    const requirements = await read(join(LOCKS, project), choice, on);
    expect(requirements.locked).toBe(true);
    expect(pins(requirements)).toEqual(wanted);
  });
});

test('uv.lock of a workspace, whose projects ask in every form: nothing is taken for a difference', async () => {
  // Without the hashes of wheels, which would make the fixture long.
  const requirements = await read(join(LOCKS, 'uv-forms'), { groups: ['dev-tools'], extras: ['all'] });
  expect(pins(requirements)).toEqual([
    'asgiref==3.13.0',
    'certifi==2026.10.18',
    'chardet==7.7.0',
    'charset-normalizer==3.5.2',
    'click==8.5.1',
    'django==5.2.19',
    'idna==3.20',
    'iniconfig==2.3.1',
    'markdown==3.11.3',
    'markupsafe==3.0.4',
    'orjson==3.13.0',
    'pysocks==1.7.1',
    'requests==2.34.2',
    'shop-member @ file://./ws/member',
    'six @ https://files.pythonhosted.org/packages/b7/ce/149a00dd41f10bc29e5921b496af8b574d8413afcd5e30dfa0ed46c2cc5e/six-1.17.0-py2.py3-none-any.whl',
    'sqlparse==0.5.5',
    'typing-extensions==4.16.0',
    'urllib3==2.8.0',
    'zope-interface==8.7',
  ]);
});

test('uv itself comes to the same packages', async () => {
  const { uv } = installers(await thisPython());
  const argv = ['export', '--frozen', '--no-emit-project', '--no-header', '--no-annotate', '--no-default-groups'];
  const project = join(LOCKS, 'uv');
  const told = execFileSync('uv', [...argv, '--group', 'prod', '--extra', 'text'], {
    cwd: project,
    env: uv,
    encoding: 'utf8',
    stdio: 'pipe',
  });
  for (const on of [host('3.9.2'), host('3.10.1'), bookworm, host('3.13.5', 'aarch64')]) {
    const exported = logicalLines(told).flatMap(({ text }) => {
      const [, what = '', marker] = /^(.*?)\s*(?:;\s*(.*?))?(?:\s+--hash.*)?$/.exec(text) ?? [];
      return marker === undefined || holds(marker, on)
        ? [canonicalRequirement(what).replace(/^\.\/lib\/own$/, 'own @ file://./lib/own')]
        : [];
    });
    expect(pins(await read(project, { groups: ['prod'], extras: ['text'] }, on))).toEqual(exported.sort());
  }
});

test('every hash of a lock file is given to the installer, and an index that it names', async () => {
  const { lines } = await read(join(LOCKS, 'poetry'));
  const text = await readFile(join(LOCKS, 'poetry/poetry.lock'), 'utf8');
  const gunicorn = lines.find(({ text: one }) => one.startsWith('gunicorn=='));
  const hashes = [...text.matchAll(/file = "gunicorn[^"]*", hash = "([^"]*)"/g)].map((match) => match[1]);
  expect(hashes).toHaveLength(2);
  expect(gunicorn?.text).toBe(
    `gunicorn==23.0.0${hashes
      .sort()
      .map((hash) => ` --hash=${hash}`)
      .join('')}`,
  );
  expect(gunicorn?.line).toBe(text.split('\n').indexOf('name = "gunicorn"') + 1);
  expect(lines.filter(({ kind }) => kind === 'option')).toEqual([]);
});

test('an index with a login: from the variables of its tool, in no text that is shown or hashed', async () => {
  await using uv = await changed(
    'uv',
    'uv.lock',
    /"https:\/\/pypi\.org\/simple"/g,
    '"https://pypi.example.org/simple"',
  );
  const project = join(uv.path, 'pyproject.toml');
  await writeFile(
    project,
    `${await readFile(project, 'utf8')}\n[[tool.uv.index]]\nname = "our-own"\nurl = "https://pypi.example.org/simple/"\n`,
  );
  const env = { UV_INDEX_OUR_OWN_USERNAME: 'me', UV_INDEX_OUR_OWN_PASSWORD: 'p@ss/word' };
  const option = (await read(uv.path, { env })).lines.filter(({ kind }) => kind === 'option');
  expect(option.map(({ text, canonical }) => [text, canonical])).toEqual([
    ['--index-url https://me:p%40ss%2Fword@pypi.example.org/simple', '--index-url https://pypi.example.org/simple'],
  ]);

  await using pipenv = await changed(
    'pipenv',
    'Pipfile.lock',
    'https://pypi.org/simple',
    `https://$WHO:\${SECRET}@pypi.example.org/simple`,
  );
  const filled = (await read(pipenv.path, { env: { WHO: 'me', SECRET: 'pw' } })).lines.filter(
    ({ kind }) => kind === 'option',
  );
  expect(filled.map(({ text, canonical }) => [text, canonical])).toEqual([
    ['--index-url https://me:pw@pypi.example.org/simple', '--index-url https://pypi.example.org/simple'],
  ]);

  await using token = await changed(
    'pipenv',
    'Pipfile.lock',
    'https://pypi.org/simple',
    `https://pypi.example.org/$token/\${FEED}/simple/$UNSET`,
  );
  const variables = { token: 'token-of-ours', FEED: 'feed' };
  const lines = (await read(token.path, { env: variables })).lines.filter(({ kind }) => kind === 'option');
  expect(lines.map(({ text, canonical }) => [text, canonical])).toEqual([
    [
      '--index-url https://pypi.example.org/token-of-ours/feed/simple/$UNSET',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the lock file
      '--index-url https://pypi.example.org/$token/${FEED}/simple/$UNSET',
    ],
  ]);
  expect(loginSecrets(lines, variables)).toEqual(['token-of-ours', 'feed']);

  const login = () => ({ user: 'me', password: 'pw' });
  const two = [
    { url: 'https://pypi.org/simple', name: undefined },
    { url: 'https://a.example.org/simple', name: 'a' },
  ];
  expect(indexOptions(two, login)).toEqual(['--extra-index-url https://me:pw@a.example.org/simple']);
});

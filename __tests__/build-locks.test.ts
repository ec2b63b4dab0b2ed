/** Lock files as their own tools wrote them (`fixtures/locks`), read for hosts of several kinds. */
import { execFileSync } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BuildError, BuildErrors } from '../src/build/errors.ts';
import { type Choice, readAsked } from '../src/build/locks/choose.ts';
import { holds, type MarkerHost } from '../src/build/locks/markers.ts';
import { indexOptions } from '../src/build/locks/pin.ts';
import { fitsConstraint } from '../src/build/locks/poetry-constraint.ts';
import { pythonJson } from '../src/build/locks/python-json.ts';
import { canonicalRequirement, logicalLines } from '../src/build/requirements/requirement-lines.ts';
import type { Requirements } from '../src/build/requirements/requirements.ts';
import { installers, type Scratch, scratchFolder, thisPython, writeFiles } from './build.fixtures.ts';

const LOCKS = join(import.meta.dirname, 'fixtures/locks');

const host = (version: string, machine = 'x86_64'): MarkerHost => ({
  version,
  minor: version.replace(/\.\d+$/, ''),
  machine,
});
const bookworm = host('3.11.2');

async function read(top: string, choice: Partial<Choice> = {}, on = bookworm): Promise<Requirements> {
  const asked = await readAsked({ top, named: undefined, groups: [], extras: [], project: '.', env: {}, ...choice });
  return await asked.on(on);
}

/** `name==version` or `name @ address` of all that is to be installed. */
const pins = ({ lines }: Requirements): string[] =>
  lines
    .filter(({ kind }) => kind === 'requirement')
    .map(({ canonical }) => canonical.replace(/^requirement /, '').replace(/ (--hash=|sha256:).*$/, ''))
    .sort();

/** A copy of a project of the fixtures, with a file of it changed. */
async function changed(name: string, file: string, from: string | RegExp, to: string): Promise<Scratch> {
  const scratch = await scratchFolder();
  await cp(join(LOCKS, name), scratch.path, { recursive: true });
  const text = await readFile(join(scratch.path, file), 'utf8');
  expect(text).toMatch(from);
  await writeFile(join(scratch.path, file), text.replace(from, to));
  return scratch;
}

/** What is told of it: `place: what | mend`. */
async function faults(work: Promise<unknown>): Promise<string[]> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  const errors = thrown instanceof BuildErrors ? thrown.errors : [thrown];
  return errors.map((error) => {
    if (!(error instanceof BuildError)) throw error;
    const place = error.place === undefined ? '' : `${[error.place.file, error.place.line ?? []].flat().join(':')}: `;
    return `${place}${error.message} | ${error.mend}`;
  });
}

const UV = [
  'asgiref==3.13.0',
  'colorama==0.4.6',
  'django==5.2.19',
  'gunicorn==23.0.0',
  'own @ file://./lib/own',
  'packaging==26.3',
  'sqlparse==0.6.1',
];
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

  const login = () => ({ user: 'me', password: 'pw' });
  const two = [
    { url: 'https://pypi.org/simple', name: undefined },
    { url: 'https://a.example.org/simple', name: 'a' },
  ];
  expect(indexOptions(two, login)).toEqual(['--extra-index-url https://me:pw@a.example.org/simple']);
});

describe('a lock file that does not fit its project', () => {
  const rows: [title: string, project: string, file: string, from: string | RegExp, to: string, told: string[]][] = [
    [
      'uv: another version, another package, one less',
      'uv',
      'pyproject.toml',
      '    "gunicorn==23.0.0",\n    "tzdata',
      '    "gunicorn>=24",\n    "pillow",\n    "tz',
      [
        'pyproject.toml:7: uv.lock was made for gunicorn==23.0.0, and the project asks for gunicorn>=24 | uv lock, and commit uv.lock',
        'pyproject.toml:8: uv.lock does not have pillow, and the project asks for pillow | uv lock, and commit uv.lock',
        "pyproject.toml:9: uv.lock does not have tz, and the project asks for tz; sys_platform == 'win32' | uv lock, and commit uv.lock",
        'pyproject.toml: uv.lock was made for tzdata, which the project asks for no longer | uv lock, and commit uv.lock',
      ],
    ],
    [
      'uv: another group',
      'uv',
      'pyproject.toml',
      '"iniconfig"]',
      '"iniconfig<2"]',
      [
        'pyproject.toml:16: uv.lock was made for iniconfig, and the project asks for iniconfig<2 | uv lock, and commit uv.lock',
      ],
    ],
    [
      'poetry',
      'poetry',
      'pyproject.toml',
      'django = "^4.2"',
      'django = "^5"',
      [
        'poetry.lock:277: it was made for another pyproject.toml: what that asks for was changed since | poetry lock, and commit poetry.lock',
      ],
    ],
    [
      'poetry 1',
      'poetry-1',
      'pyproject.toml',
      'django = "^4.2"',
      'django = "^5"',
      [
        'poetry.lock:260: it was made for another pyproject.toml: what that asks for was changed since | poetry lock, and commit poetry.lock',
      ],
    ],
    [
      'pipenv',
      'pipenv',
      'Pipfile',
      '"~=4.2"',
      '"~=5.0"',
      [
        'Pipfile.lock:4: it was made for another Pipfile: what that asks for was changed since | pipenv lock, and commit Pipfile.lock',
      ],
    ],
    [
      'a package of which the lock has no hash',
      'poetry',
      'poetry.lock',
      /files = \[\n.*asgiref-.*\n.*asgiref-.*\n\]/,
      'files = []',
      [
        'poetry.lock:4: asgiref has no hash in this lock file | poetry lock, and commit poetry.lock, with an index that tells hashes',
      ],
    ],
    [
      'a lock file that lacks a package',
      'uv',
      'uv.lock',
      'name = "sqlparse"\nversion = "0.6.1"',
      'name = "sqlpars"\nversion = "0.6.1"',
      ['uv.lock:79: sqlparse, which django needs, is not in this lock file | uv lock, and commit uv.lock'],
    ],
    [
      'no TOML',
      'uv',
      'uv.lock',
      'version = 1',
      'version = = 1',
      ['uv.lock:1: it is no TOML (invalid value) | mend that line, or have the tool write the file again'],
    ],
    [
      'another version of the format',
      'uv',
      'uv.lock',
      'version = 1',
      'version = 2',
      [
        'uv.lock: version is not what was expected there (only version 1 is known) | uv lock, and commit uv.lock: it is of another version of uv, perhaps',
      ],
    ],
    [
      'no JSON',
      'pipenv',
      'Pipfile.lock',
      '"_meta"',
      '_meta',
      ['Pipfile.lock: it is no JSON | pipenv lock, and commit Pipfile.lock'],
    ],
  ];
  test.each(rows)('%s', async (_, project, file, from, to, told) => {
    await using scratch = await changed(project, file, from, to);
    expect(await faults(read(scratch.path))).toEqual(told);
  });

  test.each([
    ['uv', 'uv.lock:3: the project wants Python >=3.9, and the site runs on 3.8.1'],
    ['poetry', 'poetry.lock:276: the project wants Python ^3.9, and the site runs on 3.8.1'],
    ['pipenv', 'Pipfile.lock:8: the project wants Python 3.11, and the site runs on 3.8.1'],
  ])('%s, for another Python than the host has', async (project, told) => {
    expect(await faults(read(join(LOCKS, project), {}, host('3.8.1')))).toEqual([
      `${told} | name another Python of the host by python: { version: "3.x" } in graceful.yml, or let the project run on this one and lock again`,
    ]);
  });
});

test('groups and extras that a project does not have are told together', async () => {
  const wanted = { groups: ['prodd', 'dev'], extras: ['texts'] };
  const told = (file: string) => [
    `${file}: there is no group "prodd"; it has dev, prod | set python: { groups: [prod] } in graceful.yml, or add the group to the project`,
    `${file}: there is no extra "texts"; it has text | set python: { extras: [text] } in graceful.yml, or add the extra to the project`,
  ];
  expect(await faults(read(join(LOCKS, 'uv'), wanted))).toEqual(told('pyproject.toml'));
  expect(await faults(read(join(LOCKS, 'poetry'), wanted))).toEqual(told('pyproject.toml'));
  expect(await faults(read(join(LOCKS, 'uv'), { ...wanted, named: 'pyproject.toml' }))).toEqual(told('pyproject.toml'));
  expect(await faults(read(join(LOCKS, 'pipenv'), { groups: ['prodd'], extras: ['text'] }))).toEqual([
    'Pipfile.lock: there is no group "prodd"; it has develop, prod | set python: { groups: [prod] } in graceful.yml, or add the group to the project',
    'Pipfile.lock: there is no extra "text"; it has none | take it out of python: { extras: [...] } in graceful.yml',
  ]);
});

test('uv itself tells what only it can', async () => {
  const { uv } = installers(await thisPython());
  await using scratch = await changed(
    'uv',
    'pyproject.toml',
    '[tool.uv.sources]',
    '[tool.uv]\nconstraint-dependencies = ["sqlparse<0.6"]\n[tool.uv.sources]',
  );
  expect(await faults(read(scratch.path, { env: uv }))).toEqual([
    'uv.lock: it does not fit pyproject.toml any longer, as uv says | uv lock, and commit uv.lock',
  ]);
  expect(pins(await read(join(LOCKS, 'uv'), { env: uv }))).toEqual(UV);
});

describe('which file it is', () => {
  const rows: [title: string, files: Record<string, string>, choice: Partial<Choice>, told: string][] = [
    [
      'two lock files',
      { 'uv.lock': '', 'poetry.lock': '' },
      {},
      'uv.lock and poetry.lock each say what is to be installed | name the one that counts, python: { requirements: uv.lock } in graceful.yml, or delete the other',
    ],
    [
      'a lock file and requirements',
      { 'Pipfile.lock': '', 'requirements.txt': '' },
      {},
      'Pipfile.lock and requirements.txt each say what is to be installed | name the one that counts, python: { requirements: Pipfile.lock } in graceful.yml, or delete the other',
    ],
    [
      'nothing',
      {},
      {},
      'no file of the commit says which packages the site needs: there is no requirements.txt, uv.lock, poetry.lock, Pipfile.lock or pyproject.toml | commit one of them, or name another one by python: { requirements: FILE } in graceful.yml',
    ],
    [
      'a Pipfile alone',
      { Pipfile: '' },
      {},
      'Pipfile: there is no Pipfile.lock beside it | pipenv lock, and commit Pipfile.lock',
    ],
    [
      'a lock file alone',
      { 'uv.lock': 'version = 1\n' },
      {},
      'pyproject.toml: this file is not in the commit | commit the file: a lock file is of no use without it',
    ],
    [
      'a named file that is not there',
      { 'uv.lock': '' },
      { named: 'web/poetry.lock' },
      'web/poetry.lock: this file is not in the commit | poetry lock, and commit the file',
    ],
    [
      'a pyproject.toml for Poetry without its lock',
      { 'pyproject.toml': '[tool.poetry.dependencies]\ndjango = "^5"\n' },
      {},
      'pyproject.toml: it names no dependencies in its table "project" | poetry lock, and commit poetry.lock',
    ],
    [
      'a pyproject.toml for tools only',
      { 'pyproject.toml': '[tool.ruff]\n' },
      {},
      'pyproject.toml: it names no dependencies in its table "project" | name them there, or a requirements file by python: { requirements: FILE } in graceful.yml',
    ],
    [
      'groups of a requirements file',
      { 'requirements.txt': '' },
      { groups: ['dev'] },
      'requirements.txt: a requirements file has neither groups nor extras | take python: { groups: ..., extras: ... } out of graceful.yml, or name another file there: python: { requirements: uv.lock }',
    ],
    [
      'a group that includes itself',
      { 'pyproject.toml': '[project]\ndependencies = []\n[dependency-groups]\na = [{ include-group = "a" }]\n' },
      {},
      'pyproject.toml: the group a includes itself | mend the include-group',
    ],
    [
      'no requirement',
      { 'pyproject.toml': '[project]\ndependencies = [\n  "Django 5",\n]\n' },
      {},
      'pyproject.toml:3: "5" after Django is no version to ask for | write NAME, NAME==VERSION, NAME>=VERSION,<VERSION or NAME @ ADDRESS',
    ],
  ];
  test.each(rows)('%s', async (_, files, choice, told) => {
    await using scratch = await scratchFolder();
    await writeFiles(scratch.path, files);
    expect(await faults(read(scratch.path, choice))).toEqual([told]);
  });

  test('requirements before a plain pyproject.toml, the top before the folder of the project', async () => {
    await using scratch = await scratchFolder();
    const file = async (): Promise<string> => (await read(scratch.path, { project: 'web' })).file;
    await writeFiles(scratch.path, { 'web/pyproject.toml': '[project]\ndependencies = []\n' });
    expect(await file()).toBe('web/pyproject.toml');
    await writeFiles(scratch.path, { 'web/requirements.txt': '' });
    expect(await file()).toBe('web/requirements.txt');
    await writeFiles(scratch.path, { 'pyproject.toml': '[project]\ndependencies = []\n' });
    expect(await file()).toBe('pyproject.toml');
  });
});

test('a plain pyproject.toml: its extras, and one that names others of its own', async () => {
  await using scratch = await scratchFolder();
  const text =
    '[project]\nname = "Shop"\ndependencies = ["Django>=5"]\n[project.optional-dependencies]\ntext = ["markdown"]\nall = ["shop[text]", "pillow"]\n';
  await writeFiles(scratch.path, { 'pyproject.toml': text });
  const { lines, locked } = await read(scratch.path, { extras: ['all'] });
  expect(locked).toBe(false);
  expect(lines.map(({ canonical, file, line }) => [canonical, `${file}:${line}`])).toEqual([
    ['django>=5', 'pyproject.toml:3'],
    ['markdown', 'pyproject.toml:5'],
    ['pillow', 'pyproject.toml:6'],
  ]);
});

test.each([
  ["python_version >= '3.9' and python_version < '3.12'", true],
  ['python_version == "3.1"', false],
  ["python_full_version < '3.11.2'", false],
  ["'3.12' > python_version", true],
  ["python_version ~= '3.9'", true],
  ["python_version in '3.10, 3.11'", true],
  ["sys_platform == 'win32' or (os_name == 'posix' and platform_machine != 'aarch64')", true],
  ["'linux' not in sys_platform", false],
  ["extra == 'text'", true],
  ["extra != 'text' or extra == 'none'", false],
  ["platform_python_implementation == 'CPython' and implementation_name != 'pypy'", true],
])('the marker %s', (marker, wanted) => {
  expect(holds(marker, bookworm, new Set(['text']))).toBe(wanted);
});

test.each(['python_version >= ', 'colour == "red"', 'python_version >= "3" oder', '(os_name == "posix"'])(
  '%s is no marker',
  (marker) => {
    expect(() => holds(marker, bookworm)).toThrow();
  },
);

test.each([
  ['4.2.30', '^4.2', true],
  ['5.0', '^4.2', false],
  ['0.2.9', '^0.2.3', true],
  ['0.3.0', '^0.2.3', false],
  ['1.2.9', '~1.2.3', true],
  ['1.3', '~1.2', false],
  ['3.11.2', '>=3.9,<4.0', true],
  ['3.11.2', '^2.7 || ^3.9', true],
  ['3.11.2', '3.10.*', false],
  ['23.0.0', '23.0.0', true],
  ['3.11.2', '*', true],
  ['3.11.2', '>=3.9 <3.11', false],
])('Poetry: %s fits %s: %s', (version, constraint, wanted) => {
  expect(fitsConstraint(version, constraint)).toBe(wanted);
});

test('JSON as Python writes it', () => {
  expect(pythonJson({ b: ['é', true, null, 1], a: {} }, [', ', ': '])).toBe(
    '{"a": {}, "b": ["\\u00e9", true, null, 1]}',
  );
});

/** Sites with real packages, from whatever says what they need, on a booted host; and a variant of each that must fail. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StepResult } from '../../testbed/runner.ts';
import { openScene, type Scene } from '../../testbed/scene.ts';
import { git, installers, type Scratch, scratchFolder, thisPython, writeFiles } from '../build.fixtures.ts';
import { faultsOfStep } from '../fixtures/wrong/faults.ts';

type Files = Record<string, string>;

/** Whom this machine trusts, where it says so to programs that do not ask the system. */
const { SSL_CERT_FILE } = process.env;
const TRUST: Files = SSL_CERT_FILE === undefined ? {} : { SSL_CERT_FILE };

const LOCKS = join(import.meta.dirname, '../fixtures/locks');

let scene: Scene;
let scratch: Scratch;
/** Where the runner has uv, and where it has none. */
let path: { uv: string; pip: string };

beforeAll(async () => {
  scratch = await scratchFolder();
  const { uv, pip } = installers(await thisPython());
  path = { uv: uv['PATH'] ?? '', pip: pip['PATH'] ?? '' };
  scene = await openScene({}, { srvMegabytes: 2048 });
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await scratch?.[Symbol.asyncDispose]();
});

const fixture = (project: string, ...files: string[]): Files =>
  Object.fromEntries(files.map((file) => [file, readFileSync(join(LOCKS, project, file), 'utf8')]));

async function deploy(
  files: Files,
  python: Record<string, unknown>,
  how: 'uv' | 'pip',
  inputs: Files = {},
): Promise<StepResult> {
  await scene.repo.commit({ files, config: { python } });
  return await scene.deploy({ inputs, env: { PATH: path[how], ...TRUST } });
}

function isLive(run: StepResult): void {
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
}

/** Deploys what must fail before the host is changed. @returns `place: what | mend` of each fault */
async function refused(files: Files, python: Record<string, unknown>, how: 'uv' | 'pip'): Promise<string[]> {
  const before = (await scene.status()).links.current;
  const run = await deploy(files, python, how);
  expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
  expect((await scene.status()).links.current).toBe(before);
  return faultsOfStep(run, 'The site is as it was.');
}

/** Runs a program of one line in the live release, as the site's user. */
const inSite = async (program: string): Promise<string> => {
  const argv = [`${scene.site.root}/bin/graceful`, 'manage', 'shell', '-c', program];
  return (await scene.host.must(argv, { user: scene.host.deployUser })).trim().split('\n').at(-1) ?? '';
};

const versions = (...names: string[]): Promise<string> =>
  inSite(`from importlib.metadata import version; print(*map(version, ${JSON.stringify(names)}))`);

describe('lock files', () => {
  const uv = fixture('uv', 'pyproject.toml', 'uv.lock', 'lib/own/pyproject.toml', 'lib/own/own.py');
  const poetry = fixture('poetry', 'pyproject.toml', 'poetry.lock');
  const pipenv = fixture('pipenv', 'Pipfile', 'Pipfile.lock');

  test('uv.lock, with a group, an extra and a package of the repository', async () => {
    const python = { requirements: 'uv.lock', groups: ['prod'], extras: ['text'] };
    isLive(await deploy(uv, python, 'uv'));
    expect(await versions('Django', 'gunicorn', 'whitenoise', 'markdown', 'own')).toBe('5.2.19 23.0.0 6.12.0 3.11.3 1');
    expect(await inSite('import own; own.main()')).toBe('own');
    const changed = {
      ...uv,
      'pyproject.toml': uv['pyproject.toml']?.replace('gunicorn==23.0.0', 'gunicorn==25.1.0') ?? '',
    };
    expect(await refused(changed, python, 'pip')).toEqual([
      'pyproject.toml:7: uv.lock was made for gunicorn==23.0.0, and the project asks for gunicorn==25.1.0 | uv lock, and commit uv.lock',
    ]);
  });

  test('poetry.lock: another Django than before is told in the summary, and why with explain', async () => {
    const python = { requirements: 'poetry.lock' };
    const run = await deploy(poetry, python, 'pip', { explain: 'true' });
    isLive(run);
    expect(await versions('Django', 'gunicorn')).toBe('4.2.30 23.0.0');
    expect(run.summary).toMatch(
      /<b>Packages:<\/b> asgiref 3\.13\.0 -&gt; 3\.11\.1, -colorama 0\.4\.6, Django 5\.2\.19 -&gt; 4\.2\.30, /,
    );
    expect(run.log).toContain('asked for by poetry.lock, a lock file; found by the hash ');
    expect(run.log).toMatch(/the live release \S+ has another environment:/);
    const changed = { ...poetry, 'pyproject.toml': poetry['pyproject.toml']?.replace('^4.2', '^5.2') ?? '' };
    expect(await refused(changed, python, 'pip')).toEqual([
      'poetry.lock:277: it was made for another pyproject.toml: what that asks for was changed since | poetry lock, and commit poetry.lock',
    ]);
  });

  test('Pipfile.lock', async () => {
    const python = { requirements: 'Pipfile.lock', groups: ['prod'] };
    isLive(await deploy(pipenv, python, 'uv'));
    expect(await versions('Django', 'whitenoise')).toBe('4.2.30 6.12.0');
    const changed = { ...pipenv, Pipfile: pipenv['Pipfile']?.replace('~=4.2', '~=5.2') ?? '' };
    expect(await refused(changed, python, 'uv')).toEqual([
      'Pipfile.lock:4: it was made for another Pipfile: what that asks for was changed since | pipenv lock, and commit Pipfile.lock',
    ]);
  });
});

test.each(['uv', 'pip'] as const)('a requirement in a git repository, with %s', async (how) => {
  const folder = join(scratch.path, how);
  await writeFiles(folder, {
    'pyproject.toml': '[project]\nname = "greeting"\nversion = "3"\n',
    'greeting.py': 'WORDS = "from git"\n',
  });
  git(folder, 'init', '-q');
  git(folder, 'add', '--all');
  git(folder, 'commit', '-qm', 'Greet');
  const commit = git(folder, 'rev-parse', 'HEAD');
  const text = (at: string) => ({
    'requirements.txt': `Django==5.2.19\ngunicorn\ngreeting @ git+file://${folder}@${at}\n`,
  });
  isLive(await deploy(text(commit), {}, how));
  expect(await inSite('import greeting; print(greeting.WORDS)')).toBe('from git');
  const gone = 'f'.repeat(40);
  expect(await refused(text(gone), {}, how)).toEqual([
    `requirements.txt:3: the git repository of greeting, or the commit that is asked for, cannot be had | see that the commit was pushed, and that the runner may read the repository`,
  ]);
});

/** What nobody would call a small site; with the packages that come with compiled code. */
const LARGE = `Django>=5.2,<5.3
gunicorn
django-oscar[sorl-thumbnail]
wagtail
psycopg[binary]
Pillow
lxml
cryptography
uvloop
orjson
celery[redis]
djangorestframework
drf-spectacular
django-allauth
django-debug-toolbar
django-filter
whitenoise
sentry-sdk
requests
httpx
jinja2
markdown
pyyaml
python-dotenv
`;

test('more than 60 packages, with compiled code, run on the host; a second run resolves nothing', async () => {
  isLive(await deploy({ 'requirements.txt': LARGE }, {}, 'uv'));
  const modules =
    'psycopg, psycopg_binary, PIL.Image, lxml.etree, cryptography.fernet, uvloop, orjson, oscar, wagtail, celery';
  expect(await inSite(`import ${modules}; print(orjson.dumps([lxml.etree.LXML_VERSION[0] > 0]).decode())`)).toBe(
    '[true]',
  );
  const count = await inSite('from importlib.metadata import distributions; print(len(list(distributions())))');
  expect(Number(count)).toBeGreaterThan(60);

  const again = await deploy(
    { 'requirements.txt': `# The same\n\n${LARGE.toLowerCase()}`, 'notes.txt': 'new' },
    {},
    'uv',
  );
  isLive(again);
  expect(again.log).not.toContain('resolving');
  expect(again.log).toMatch(/environment [0-9a-f]{12} with \d+ packages: kept on this runner, resolved today/);
  expect(again.summary).toMatch(/<b>Packages:<\/b> \d+ packages, the same as before</);

  const renewed = await deploy({ 'requirements.txt': LARGE, 'notes.txt': 'new' }, {}, 'uv', { 'refresh-env': 'true' });
  isLive(renewed);
  expect(renewed.log).toContain('resolving requirements.txt with uv');

  expect(await refused({ 'requirements.txt': `${LARGE}Django<4\n` }, {}, 'uv')).toEqual([
    'requirements.txt: the requirements contradict one another | loosen one of the versions that the lines above name',
  ]);
  const wrong = { 'requirements.txt': LARGE.replace('\norjson\n', '\norjson==0.0.1\n') };
  expect(await refused(wrong, {}, 'uv')).toEqual([
    'requirements.txt:10: there is no version orjson==0.0.1 | ask for one that exists',
  ]);
});

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ensureInRunner, missingOf } from '../src/build/debian/apt.ts';
import { isWhole } from '../src/build/debian/archive.ts';
import { environment } from '../src/build/debian/inside.ts';
import { lackingOnHost, readDebianPackages } from '../src/build/debian/packages.ts';
import { placeInputs, placeOf } from '../src/build/debian/place.ts';
import { recipeFor, recipeKey } from '../src/build/debian/recipe.ts';
import { runnerFiles } from '../src/build/debian/runner-files.ts';
import { systemPythons } from '../src/build/debian/system.ts';
import { isCompiledHere } from '../src/build/env/wheels.ts';
import { BuildErrors } from '../src/build/errors.ts';
import { isCompileFault } from '../src/build/installer/resolution-fault.ts';
import { hostFacts, scratchFolder, writeFiles } from './build.fixtures.ts';

const MACHINE = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const own = hostFacts({ machine: MACHINE });
const bullseye = { id: 'debian', version: '11', codename: 'bullseye' };

test('Debian packages are read from both files, at the top and beside manage.py, each once', async () => {
  await using scratch = await scratchFolder();
  await writeFiles(scratch.path, {
    'site/venv-debian-requirements.txt': '# for psycopg2\nlibpq5\n\n  g++ # and a comment\n',
    'site/src-debian-requirements.txt': 'gettext\r\nlibpq5\r\n',
    'elsewhere/venv-debian-requirements.txt': 'elsewhere\n',
  });
  const read = await readDebianPackages(scratch.path, 'site');
  expect(read).toEqual([
    { name: 'g++', place: { file: 'site/venv-debian-requirements.txt', line: 4 } },
    { name: 'gettext', place: { file: 'site/src-debian-requirements.txt', line: 1 } },
    { name: 'libpq5', place: { file: 'site/venv-debian-requirements.txt', line: 2 } },
  ]);
  expect(await readDebianPackages(join(scratch.path, 'site'), 'deploy')).toEqual(
    read.map((each) => ({
      ...each,
      place: { ...each.place, file: each.place.file.replace('site/', '') },
    })),
  );
  expect(lackingOnHost(read, ['gettext', 'libpq5'])).toEqual({
    what: 'Debian packages are not installed on the host: gettext (site/src-debian-requirements.txt:1), libpq5 (site/venv-debian-requirements.txt:2)',
    mend: expect.stringMatching(/^as root: apt-get install --yes --no-install-recommends gettext libpq5;/),
  });
});

test('lines that are no names of packages are refused together, each at its place', async () => {
  await using scratch = await scratchFolder();
  await writeFiles(scratch.path, {
    'venv-debian-requirements.txt': 'libpq5=15.1\n--allow-downgrades\nnginx-\n',
    'src-debian-requirements.txt': '../evil.deb\n',
  });
  const refused = await readDebianPackages(scratch.path, '.').catch((thrown: unknown) => thrown);
  if (!(refused instanceof BuildErrors)) throw new Error('it should have been refused');
  expect(refused.errors.map(({ message, place }) => [message.split(' ')[0], place])).toEqual([
    ['libpq5=15.1', { file: 'venv-debian-requirements.txt', line: 1 }],
    ['--allow-downgrades', { file: 'venv-debian-requirements.txt', line: 2 }],
    ['nginx-', { file: 'venv-debian-requirements.txt', line: 3 }],
    ['../evil.deb', { file: 'src-debian-requirements.txt', line: 1 }],
  ]);
});

test('a package is there when it is installed, or provided by one that is', () => {
  const told = 'installed\tlibpq5\t\nconfig-files\tlibxml2\t\ninstalled\tlibssl3t64\tlibssl3 (= 3.5.1-1), libcrypto\n';
  expect(missingOf(['libpq5', 'libxml2', 'libssl3', 'libcrypto', 'gettext'], told)).toEqual(['libxml2', 'gettext']);
});

test("another apt of the runner is waited for, whatever the runner's language", async () => {
  await using scratch = await scratchFolder();
  const at = (name: string) => join(scratch.path, name);
  const locked = "if [ $LC_ALL = C ]; then echo 'E: Could not get lock'; else echo 'E: Sperre'; fi; exit 100";
  await writeFiles(scratch.path, {
    'dpkg-query': "#!/bin/sh\nprintf 'installed\\tbash\\t\\n'\n",
    'apt-get': `#!/bin/sh\necho "$5" >>${at('calls')}\n[ -e ${at('free')} ] && exit 0\n: >${at('free')}\n${locked}\n`,
  });
  await Promise.all(['dpkg-query', 'apt-get'].map((name) => chmod(at(name), 0o755)));
  vi.stubEnv('PATH', `${scratch.path}${delimiter}${process.env['PATH']}`);
  vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
  try {
    await ensureInRunner(['libpq5'], { waitMs: 20_000, why: 'the build needs Debian packages' });
  } finally {
    vi.unstubAllEnvs();
  }
  expect(await readFile(at('calls'), 'utf8')).toBe('update\nupdate\ninstall\n');
});

test('the recipe of a minimal system: the release, its Python, compilers, and what is asked for', () => {
  const recipe = recipeFor({ os: bullseye, machine: 'x86_64' }, '3.9', ['libpq-dev', 'make']);
  expect(recipe).toMatchObject({
    name: 'debian 11 (bullseye)',
    suite: 'bullseye',
    packages: [
      ...['ca-certificates', 'g++', 'gcc', 'git', 'libc6-dev', 'libpq-dev', 'make', 'pkg-config', 'python3.9-dev'],
      'python3.9-venv',
    ],
  });
  const noble = { id: 'ubuntu', version: '24.04', codename: 'noble' };
  expect(recipeFor({ os: noble, machine: 'aarch64' }, '3.12', [])?.sources[0]).toBe(
    'http://ports.ubuntu.com/ubuntu-ports noble main universe',
  );
  expect(recipeFor({ os: { id: 'rocky', version: '9', codename: '' }, machine: 'x86_64' }, '3.9', [])).toBeNull();
  if (recipe === null) throw new Error('there should be one');
  const [may, later, june] = ['2026-05-01', '2026-05-31', '2026-06-01'].map((day) =>
    recipeKey(recipe, 'x86_64', new Date(`${day}T12:00:00Z`)),
  );
  expect([later === may, june === may]).toEqual([true, false]);
});

test('where it is built: as the configuration says, else where what must be compiled fits the host', () => {
  expect(placeOf(undefined, own, false)).toBe('as-needed');
  expect(placeOf(undefined, own, true)).toBe('debian');
  expect(placeOf('debian', own, false)).toBe('debian');
  expect(placeOf('runner', own, true)).toBe('runner');
  const rocky = { ...own, os: { id: 'rocky', version: '9', codename: '' } };
  const other = { ...own, machine: 'riscv64' };
  expect([placeOf(undefined, rocky, true), placeOf(undefined, other, true)]).toEqual(['runner', 'runner']);
  expect(() => placeOf('debian', rocky, false)).toThrow(
    'build: { in: debian } makes systems of Debian and Ubuntu, and host www is rocky 9',
  );
  expect(() => placeOf('debian', other, false)).toThrow(
    'build: { in: debian } needs a runner that is the same machine as host www (riscv64)',
  );
});

test('the place and the packages are among the inputs of an environment', () => {
  expect(placeInputs('runner', own, [])).toEqual({});
  expect(placeInputs('debian', own, ['b', 'a'])).toEqual({ build: 'debian debian 12', packages: 'a b' });
  expect(placeInputs('as-needed', { os: bullseye }, [])).toEqual({ build: 'as-needed debian 11' });
});

test('a minimal system has the Pythons that the host has from its release', () => {
  const of = (executable: string, minor: string) => ({
    minor,
    version: `${minor}.2`,
    abi: `cpython-${minor}`,
    executable,
  });
  const facts = { ...own, pythons: [of('/usr/bin/python3.11', '3.11'), of('/usr/local/bin/python3.13', '3.13')] };
  expect(() => systemPythons(facts, '3.13')).toThrow(
    'has Python 3.13.2 in /usr/local/bin/python3.13, not from its release',
  );
  expect(systemPythons(facts, '3.12')).toEqual([]);
  expect(systemPythons(facts, undefined)).toEqual([
    { ...of('/usr/bin/python3.11', '3.11'), machine: own.machine, libc: own.libc },
  ]);
});

test('the archive of a system counts only with its digest; what is damaged is told, and goes', async () => {
  await using scratch = await scratchFolder();
  const archive = join(scratch.path, 'a.tar');
  const digest = createHash('sha256').update('content').digest('hex');
  const notices: string[] = [];
  expect(await isWhole(archive, notices)).toBe(false);
  await writeFiles(scratch.path, { 'a.tar': 'content', 'a.tar.sha256': digest });
  expect([await isWhole(archive, notices), notices]).toEqual([true, []]);
  for (const damage of [{ 'a.tar': 'conten' }, { 'a.tar': 'Content' }, { 'a.tar.sha256': '' }]) {
    await writeFiles(scratch.path, { 'a.tar': 'content', 'a.tar.sha256': digest, ...damage });
    expect([await isWhole(archive, notices), existsSync(archive)]).toEqual([false, false]);
    expect(notices.splice(0)).toEqual([expect.stringContaining('is damaged and is made anew: its digest is another')]);
  }
  await writeFiles(scratch.path, { 'a.tar': 'content' });
  await rm(`${archive}.sha256`);
  expect([await isWhole(archive, notices), notices.length]).toEqual([false, 1]);
});

test('programs inside a system see what is asked for, and nothing of the runner that is of no use there', () => {
  const env = {
    PATH: '/run/scratch/env/bin:/opt/tools/bin:/usr/bin',
    LD_LIBRARY_PATH: '/opt/python/lib',
    PKG_CONFIG_PATH: '/opt/python/lib/pkgconfig',
    HOME: '/home/runner',
    PIP_INDEX_URL: 'https://pypi.example.org/simple',
    RUNNER_TEMP: '/run',
    UV_CACHE_DIR: '/run/uv',
    GRACEFUL_SSH_KEY: 'never',
    'INPUT_SSH-KEY': 'never',
    ACTIONS_RUNTIME_TOKEN: 'never',
    XDG_CACHE_HOME: '/home/runner/.cache',
  };
  expect(environment(env, '/run/scratch', ['/run/scratch'])).toEqual({
    PATH: '/run/scratch/env/bin:/usr/local/bin:/usr/bin:/bin',
    HOME: '/run/scratch',
    REQUESTS_CA_BUNDLE: '/etc/ssl/certs/ca-certificates.crt',
    PIP_INDEX_URL: 'https://pypi.example.org/simple',
    CFLAGS: '-g0',
    CXXFLAGS: '-g0',
    SOURCE_DATE_EPOCH: '946684800',
  });
  // It would stand over what pip is told.
  expect(environment({}, '/run/scratch', [], true)).not.toHaveProperty('REQUESTS_CA_BUNDLE');
  expect(environment({ CURL_CA_BUNDLE: '/own.pem' }, '/run/scratch', [])).toMatchObject({
    REQUESTS_CA_BUNDLE: '/own.pem',
  });
});

test('which files of the runner decide how an index is reached: those that variables and pip.conf name, and those at home', async () => {
  await using scratch = await scratchFolder();
  const at = (name: string) => join(scratch.path, name);
  await writeFiles(scratch.path, {
    'own authority.pem': '',
    'packages/a.whl': '',
    'more/b.whl': '',
    'cache/c': '',
    'pip.ini': `[global]\ncert = ${at('own authority.pem')}\nfind-links =\n    file://${at('packages')}\n    ${at('gone')}\n  ${at('more')}\ncache-dir = ${at('cache')}\n`,
    'home/.netrc': '',
    'config/pip/pip.conf': `[install]\nconstraint=${at('packages/a.whl')}\n`,
  });
  const { paths, home } = await runnerFiles({
    HOME: at('home'),
    XDG_CONFIG_HOME: at('config'),
    PIP_CONFIG_FILE: at('pip.ini'),
    PIP_CERT: at('gone.pem'),
    UV_INDEX: `own=file://${at('packages')} https://pypi.org/simple`,
    SSL_CERT_DIR: `${at('more')}:${at('gone')}`,
    PIP_CLIENT_CERT: '/dev/null',
    UV_CACHE_DIR: at('cache'),
  });
  const names = [
    'config/pip/pip.conf',
    'home/.netrc',
    'more',
    'own authority.pem',
    'packages',
    'packages/a.whl',
    'pip.ini',
  ];
  const own = paths.filter((path) => path.includes(scratch.path));
  expect(own.toSorted()).toEqual(names.map(at));
  expect(home).toEqual([
    { name: '.netrc', path: at('home/.netrc') },
    { name: '.config/pip/pip.conf', path: at('config/pip/pip.conf') },
  ]);
  expect((await runnerFiles({ HOME: at('nobody') })).home).toEqual([]);
});

test('what was compiled where it was installed, and what could not be', () => {
  const wheel = (...tags: string[]) => ({ name: 'a', version: '1', tags });
  expect(isCompiledHere(wheel('cp311-cp311-linux_x86_64'))).toBe(true);
  expect(isCompiledHere(wheel('cp311-abi3-manylinux_2_28_x86_64'))).toBe(false);
  expect(isCompiledHere(wheel('py2-none-any', 'py3-none-any'))).toBe(false);
  expect(isCompileFault(['  x Failed to', '    build `psycopg2==2.9.10`'])).toBe(true);
  expect(isCompileFault(['there is no version of nowhere==1'])).toBe(false);
});

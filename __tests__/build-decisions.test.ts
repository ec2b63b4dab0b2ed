import { expect, test } from 'vitest';
import { findDjango, settingsIn } from '../src/build/django/django.ts';
import { missingVariable, variablesWanted } from '../src/build/django/settings-variables.ts';
import { envHash } from '../src/build/env/env.ts';
import { csvRows, entryPoints, relocated } from '../src/build/env/scripts.ts';
import { checkWheels, misfit } from '../src/build/env/wheels.ts';
import { BuildError } from '../src/build/errors.ts';
import { pinsOf } from '../src/build/installer/pins.ts';
import { deployKey, stableJson } from '../src/build/key.ts';
import { otherProcesses, packagesOf } from '../src/build/processes.ts';
import { ownTarget, pickPython, type RunnerPython } from '../src/build/python.ts';
import { settingsModule, staticPath } from '../src/build/static/static.ts';
import { isForeign } from '../src/build/target/platform.ts';
import type { Stage, StageProcess } from '../src/config/types.ts';
import { hostFacts, scratchFolder, writeFiles } from './build.fixtures.ts';

function refusal(act: () => unknown): { message: string; mend: string } {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof BuildError) return { message: thrown.message, mend: thrown.mend };
    throw thrown;
  }
  throw new Error('it should have been refused');
}

const python = (version: string, changes: Partial<RunnerPython> = {}): RunnerPython => {
  const [major, minor] = version.split('.');
  return {
    executable: `/opt/python/${version}/bin/python`,
    minor: `${major}.${minor}`,
    version,
    abi: `cpython-${major}${minor}-x86_64-linux-gnu`,
    machine: 'x86_64',
    libc: { name: 'glibc', version: '2.39' },
    ...changes,
  };
};
const hostPython = (version: string) => {
  const { minor, abi } = python(version);
  return { minor, version, abi, executable: `/usr/bin/python${minor}` };
};

test('the Python of the host that the runner has too: the configured one, else the newest', () => {
  const facts = hostFacts({ pythons: [hostPython('3.9.2'), hostPython('3.11.2'), hostPython('3.13.0')] });
  const runner = [python('3.9.18'), python('3.11.7'), python('3.12.1')];
  expect(pickPython(facts, runner).host.version).toBe('3.11.2');
  expect(pickPython(facts, runner).runner.version).toBe('3.11.7');
  expect(pickPython(facts, runner, '3.9').target).toEqual({
    minor: '3.9',
    abi: 'cpython-39-x86_64-linux-gnu',
    machine: 'x86_64',
    libc: 'glibc',
    libcVersion: '2.36',
  });
});

test('Pythons that do not meet are told with what each side has and how to mend it', () => {
  expect(refusal(() => pickPython(hostFacts(), [python('3.12.1')]))).toEqual({
    message:
      'the runner has no Python 3.11 like that of host www: the host has 3.11.2 (cpython-311-x86_64-linux-gnu), the runner 3.12.1 (cpython-312-x86_64-linux-gnu)',
    mend: 'add a step before this one: uses: actions/setup-python with python-version: "3.11"',
  });
  expect(refusal(() => pickPython(hostFacts(), [python('3.11.7')], '3.12'))).toEqual({
    message: 'host www has no Python 3.12; it has 3.11.2 (cpython-311-x86_64-linux-gnu)',
    mend: 'set python: { version: "3.11" } in graceful.yml, or install Python 3.12 on the host',
  });
  expect(refusal(() => pickPython(hostFacts({ pythons: [] }), [python('3.11.7')])).mend).toBe(
    'apt-get install python3 python3-venv',
  );
  // The same minor, another ABI: wheels of one do not load in the other.
  const threaded = python('3.11.7', { abi: 'cpython-311t-x86_64-linux-gnu' });
  expect(refusal(() => pickPython(hostFacts(), [threaded])).message).toContain('cpython-311t');
});

test('a runner that is another machine will do where wheels are made for both', () => {
  const arm = {
    minor: '3.11',
    version: '3.11.2',
    abi: 'cpython-311-aarch64-linux-gnu',
    executable: '/usr/bin/python3.11',
  };
  const facts = hostFacts({ machine: 'aarch64', pythons: [arm] });
  const match = pickPython(facts, [python('3.12.1'), python('3.11.7')]);
  expect([match.runner.version, isForeign(match)]).toEqual(['3.11.7', true]);
  expect(match.target).toEqual({ ...ownTarget(match.runner), machine: 'aarch64', abi: arm.abi, libcVersion: '2.36' });
  const same = python('3.11.4', { abi: arm.abi, machine: 'aarch64' });
  expect(isForeign(pickPython(facts, [python('3.11.7'), same]))).toBe(false);
});

test('another kind of machine or C library is an error before anything is built', () => {
  const small = hostFacts({
    machine: 'armv7l',
    pythons: [{ ...hostPython('3.11.2'), abi: 'cpython-311-arm-linux-gnueabihf' }],
  });
  expect(refusal(() => pickPython(small, [python('3.11.7')]))).toEqual({
    message: 'the runner is x86_64, host www is armv7l: compiled packages built here would not run there',
    mend: 'let the job run on a runner of that kind (runs-on: the label of an armv7l machine of your own)',
  });
  const alpine = hostFacts({
    libc: { name: 'musl', version: '1.2' },
    pythons: [{ ...hostPython('3.11.2'), abi: 'cpython-311-x86_64-linux-musl' }],
  });
  expect(refusal(() => pickPython(alpine, [python('3.11.7')])).message).toBe(
    "the runner's C library is glibc, that of host www is musl: compiled packages built here would not run there",
  );
});

const facts = { libc: { name: 'glibc' as const, version: '2.31' }, machine: 'x86_64' };
const built = (version: string) => ({ name: 'glibc', version });

test.each([
  [['py3-none-any'], null],
  [['cp311-cp311-manylinux_2_17_x86_64', 'cp311-cp311-manylinux2014_x86_64'], null],
  [['cp311-cp311-manylinux_2_31_x86_64'], null],
  [['cp311-cp311-manylinux_2_34_x86_64'], 'needs glibc 2.34 or newer (manylinux_2_34_x86_64)'],
  [['cp311-cp311-manylinux2014_x86_64.manylinux_2_34_x86_64'], null],
  [['cp311-cp311-musllinux_1_1_x86_64'], 'needs musl (musllinux_1_1_x86_64)'],
  [['cp311-cp311-manylinux_2_17_aarch64'], 'is made for manylinux_2_17_aarch64'],
  [['cp311-cp311-linux_x86_64'], 'was compiled in the runner, against glibc 2.36'],
])('%j on a host with glibc 2.31: %s', (tags, why) => {
  expect(misfit(tags, built('2.36'), facts)).toBe(why);
});

test('what was compiled on an older system runs on the host', () => {
  expect(misfit(['cp311-cp311-linux_x86_64'], built('2.31'), facts)).toBeNull();
});

test('all packages that do not fit are told together', () => {
  const wheel = (name: string, tag: string) => ({ name, version: '1', tags: [`cp311-cp311-${tag}`] });
  const env = {
    wheels: [wheel('a', 'linux_x86_64'), wheel('b', 'manylinux_2_5_x86_64'), wheel('c', 'manylinux_2_40_x86_64')],
    builtOn: built('2.39'),
  };
  expect(refusal(() => checkWheels(env, hostFacts())).message.split('\n')).toEqual([
    'the environment would not run on host www (glibc 2.36, x86_64):',
    'a 1 was compiled in the runner, against glibc 2.39',
    'c 1 needs glibc 2.40 or newer (manylinux_2_40_x86_64)',
  ]);
});

const stage: Stage = {
  name: 'production',
  site: 'shop',
  root: '/srv/shop',
  connection: 'ssh',
  hosts: [{ host: 'www.example.org', user: 'deploy', port: 22, processes: [] }],
  waves: { canary: 0, batch: '100%', pauseMs: 0, maxFail: 0, unreachable: 'refuse' },
  url: 'https://www.example.org',
  django: { project: '.', settings: undefined, application: undefined, interface: undefined },
  source: { include: [], exclude: [] },
  configRepository: undefined,
  hooks: { build: undefined, outputs: [] },
  staticFiles: { commands: [], hashed: [] },
  python: { requirements: 'requirements.txt', groups: [], extras: [], version: undefined },
  build: { in: undefined, packages: [] },
  hostPackages: 'check',
  server: 'gunicorn',
  serverArgs: [],
  serverCommand: undefined,
  processes: {},
  processManager: 'systemd',
  shared: { dirs: [], files: [], public: [] },
  env: { SECRET_KEY: 'a' },
  buildEnv: { TOKEN: 'b' },
  health: { path: '/', status: null, body: null, timeoutMs: 1, successes: 1 },
  migrate: false,
  strategy: 'overlap',
  keepalive: 'restart',
  adopt: false,
  verify: { public: true, local: null },
  connectMs: 1,
  times: { heartbeatMs: 1, leaseMs: 1, confirmMs: 1, standbyMs: 1, drainMs: 1, graceMs: 1, lockMs: 1, keepStaticMs: 1 },
  keep: { releases: 1, failed: 1 },
};

test("the processes beside web, and what Celery's need", () => {
  const one: StageProcess = { command: ['run', 'x'], celery: undefined, app: undefined, stopMs: 5, singleton: true };
  const worker: StageProcess = { ...one, command: ['-c', '2'], celery: 'worker', singleton: false };
  const beat: StageProcess = { ...one, command: [], celery: 'beat', app: 'shop.tasks:app' };
  expect(otherProcesses({ one, worker, beat }, 'shop.settings.live')).toEqual({
    one: { argv: ['run', 'x'], stopMs: 5, singleton: true },
    worker: {
      argv: [
        ...['{python}', '-m', 'celery', '--app', 'shop', 'worker', '--loglevel', 'INFO'],
        ...['--hostname', 'worker-{backend}@%h', '-c', '2'],
      ],
      stopMs: 5,
      singleton: false,
    },
    beat: {
      argv: [
        ...['{python}', '-m', 'celery', '--app', 'shop.tasks:app', 'beat', '--loglevel', 'INFO'],
        ...['--schedule', '{run}/celerybeat-schedule'],
      ],
      stopMs: 5,
      singleton: true,
    },
  });
  expect(packagesOf({ one })).toEqual([]);
  expect(packagesOf({ one, worker, beat })).toEqual(['celery']);
});

test('the deploy key sees everything but the values of env', () => {
  const parts = { source: 'a', inputs: 'b', stage, envNames: ['DATABASE_URL'], hostMajor: 1 };
  const key = deployKey(parts);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(deployKey({ ...parts, stage: { ...stage, env: { SECRET_KEY: 'other' }, buildEnv: { TOKEN: 'other' } } })).toBe(
    key,
  );
  // The order in which a file names things means nothing.
  const { name, ...rest } = stage;
  const reversed = { ...rest, name };
  expect(deployKey({ ...parts, stage: reversed })).toBe(key);
  const others = [
    { ...parts, source: 'x' },
    { ...parts, inputs: 'x' },
    { ...parts, hostMajor: 2 },
    { ...parts, envNames: [] },
    { ...parts, stage: { ...stage, serverArgs: ['--workers', '2'] } },
    { ...parts, stage: { ...stage, env: { OTHER: 'a' } } },
    { ...parts, stage: { ...stage, health: { ...stage.health, path: '/healthz' } } },
  ];
  expect(new Set([key, ...others.map(deployKey)]).size).toBe(others.length + 1);
});

test('stable JSON', () => {
  expect(stableJson({ b: [1, { d: null, c: undefined }], a: 'x' })).toBe('{"a":"x","b":[1,{"d":null}]}');
});

test('the name of an environment: all that decides about its bytes, in any order', () => {
  const target = {
    minor: '3.11',
    abi: 'cpython-311-x86_64-linux-gnu',
    machine: 'x86_64',
    libc: 'glibc' as const,
    libcVersion: '2.36',
  };
  const hash = envHash(['a==1', 'b==2'], target, { installer: 'uv' });
  expect(envHash(['b==2', 'a==1'], target, { installer: 'uv' })).toBe(hash);
  expect(envHash(['a==1', 'b==3'], target, { installer: 'uv' })).not.toBe(hash);
  expect(envHash(['a==1', 'b==2'], { ...target, machine: 'aarch64' }, { installer: 'uv' })).not.toBe(hash);
  expect(envHash(['a==1', 'b==2'], { ...target, libcVersion: '2.31' }, { installer: 'uv' })).not.toBe(hash);
  expect(envHash(['a==1', 'b==2'], target, { installer: 'pip' })).not.toBe(hash);
});

test("pip's report becomes pinned lines", () => {
  const item = (name: string, version: string, download_info: object, is_direct = false) => ({
    metadata: { name, version },
    download_info,
    is_direct,
  });
  const report = {
    version: '1',
    install: [
      item('Django', '5.2', { url: 'https://files.example.org/d.whl', archive_info: { hashes: { sha256: 'aa' } } }),
      item('lib', '1', { url: 'https://example.org/lib', vcs_info: { vcs: 'git', commit_id: 'c0ffee' } }, true),
      item('Own.Lib', '2', { url: 'file:///x/own.whl', archive_info: { hashes: { sha256: 'bb' } } }, true),
    ],
  };
  expect(pinsOf(report)).toEqual([
    'django==5.2 --hash=sha256:aa',
    'lib @ git+https://example.org/lib@c0ffee',
    'own-lib @ file:///x/own.whl --hash=sha256:bb',
  ]);
});

test('scripts of installers are made to find the Python beside them', () => {
  const head = '#!/bin/sh\n\'\'\'exec\' "$(dirname -- "$(readlink -f -- "$0")")/python" "$0" "$@"\n\' \'\'\'\n';
  expect(relocated('#!/b/env/bin/python3\nprint(1)\n', '/b/env')).toBe(`${head}print(1)\n`);
  expect(relocated("#!/bin/sh\n'''exec' '/b/env/bin/python' \"$0\" \"$@\"\n' '''\nprint(1)\n", '/b/env')).toBe(
    `${head}print(1)\n`,
  );
  expect(relocated('#!/usr/bin/env bash\necho /b/env/bin/python\n', '/b/env')).toBeNull();
  expect(
    entryPoints(
      '[console_scripts]\ndjango-admin = django.core.management:execute_from_command_line\n\n[other]\na = b:c\n[gui_scripts]\ng=h.i:J.k [x]\n',
    ),
  ).toEqual([
    { script: 'django-admin', module: 'django.core.management', attribute: 'execute_from_command_line' },
    { script: 'g', module: 'h.i', attribute: 'J.k' },
  ]);
  expect(csvRows('a,sha256=x,1\n"b,""c""",,\n')).toEqual([
    ['a', 'sha256=x', '1'],
    ['b,"c"', '', ''],
  ]);
});

test.each([
  ['/static/', '/static/'],
  ['https://www.example.org/assets/', '/assets/'],
  ['https://cdn.example.org/static/', null],
  ['//cdn.example.org/static/', null],
  [null, null],
])('STATIC_URL %s is served here at %s', (url, path) => {
  expect(staticPath(url, 'https://www.example.org')).toBe(path);
});

test.each([
  [['KeyError', 'LookupError'], "'SECRET_KEY'", 'SECRET_KEY'],
  [['KeyError', 'LookupError'], "'default'", null],
  [['ImproperlyConfigured'], 'Set the DATABASE_URL environment variable', 'DATABASE_URL'],
  [['ImproperlyConfigured'], 'The SECRET_KEY setting must not be empty.', 'SECRET_KEY'],
  [['UndefinedValueError'], 'SECRET_KEY not found. Declare it as envvar or define a default value.', 'SECRET_KEY'],
  [['ModuleNotFoundError', 'ImportError'], "No module named 'shop.missing'", null],
  [['TypeError'], 'int() argument must be a string', null],
])('%j %s speaks of %s', (kinds, message, variable) => {
  expect(missingVariable(kinds, message)).toBe(variable);
});

test('which settings module counts', () => {
  const env = { DJANGO_SETTINGS_MODULE: 'shop.settings.production' };
  expect(settingsModule({ settings: 'shop.settings', configured: true }, env)).toBe('shop.settings');
  expect(settingsModule({ settings: 'shop.settings', configured: false }, env)).toBe('shop.settings.production');
  expect(settingsModule({ settings: 'shop.settings', configured: false }, {})).toBe('shop.settings');
});

const nothing = { project: '.', settings: undefined, application: undefined };

test('project, settings and application are found by themselves', async () => {
  await using scratch = await scratchFolder();
  await writeFiles(scratch.path, {
    'backend/manage.py': "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.production')\n",
    'backend/shop/settings/__init__.py': '',
    'backend/shop/settings/base.py': 'WSGI_APPLICATION = "shop.web.application"\n',
    'backend/shop/settings/production.py': 'from .base import *\n',
    'backend/shop/web.py': '',
    'node_modules/x/manage.py': '',
  });
  expect(await findDjango(scratch.path, nothing, ['wsgi', 'asgi'])).toEqual({
    project: 'backend',
    manage: 'manage.py',
    settings: 'shop.settings.production',
    configured: false,
    application: 'shop.web:application',
    interface: 'wsgi',
    own: true,
    notices: ['manage.py found in backend: that folder is the project'],
  });
  await writeFiles(scratch.path, { 'backend/shop/settings/base.py': '', 'backend/shop/wsgi.py': '' });
  expect((await findDjango(scratch.path, { ...nothing, project: 'backend/' }, ['wsgi'])).application).toBe(
    'shop.wsgi:application',
  );
  await writeFiles(scratch.path, { 'tools/manage.py': '' });
  await expect(findDjango(scratch.path, nothing, ['wsgi', 'asgi'])).rejects.toThrow(
    'there is no manage.py in the top folder of the commit',
  );
});

test('what is configured must be in the commit', async () => {
  await using scratch = await scratchFolder();
  await writeFiles(scratch.path, { 'manage.py': '', 'shop/settings.py': '', 'shop/wsgi.py': '' });
  await expect(findDjango(scratch.path, nothing, ['wsgi', 'asgi'])).rejects.toThrow(
    'it names no DJANGO_SETTINGS_MODULE',
  );
  await expect(findDjango(scratch.path, { ...nothing, settings: 'shop.setings' }, ['wsgi'])).rejects.toThrow(
    'the settings module shop.setings is not in the commit (looked for shop/setings.py)',
  );
  await expect(
    findDjango(scratch.path, { ...nothing, settings: 'shop.settings', application: 'shop.asgi:app' }, ['asgi']),
  ).rejects.toThrow('the application module shop.asgi is not in the commit');
  await expect(findDjango(scratch.path, { ...nothing, project: '../x' }, ['wsgi'])).rejects.toThrow(
    'lies outside of the repository',
  );
  expect(settingsIn('os.environ["DJANGO_SETTINGS_MODULE"] = "a.b"')).toBe('a.b');
});

test('variables that settings cannot do without are found in their text', () => {
  const text = `import os
# os.environ["COMMENTED"]
os.environ["SET"] = "1"
SECRET_KEY = os.environ["SECRET_KEY"]
DATABASES = {
    "default": {"PASSWORD": os.environ["DB_PASSWORD"]},
}
if "DATABASE_URL" in os.environ:
    DATABASES = parse(os.environ["DATABASE_URL"])
CACHE = env("CACHE") if DEBUG else None
DEBUG = os.environ.get("DEBUG")
ALLOWED_HOSTS = env.list('HOSTS')
PORT = env.int("PORT", default=80)
TOKEN = config('TOKEN', cast=str)
LEVEL = config("LEVEL", default="info")
AGAIN = env("SECRET_KEY")
`;
  expect(variablesWanted(text)).toEqual(['SECRET_KEY', 'DB_PASSWORD', 'HOSTS', 'TOKEN']);
});

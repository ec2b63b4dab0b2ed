import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { obtainEnv } from '../src/build/cache/environments.ts';
import { findDjango } from '../src/build/django/django.ts';
import { type Applied, type Pending, pendingMigrations } from '../src/build/django/migrations.ts';
import type { BuiltEnv } from '../src/build/env/env.ts';
import { overlayFor } from '../src/build/env/overlay.ts';
import { BuildError } from '../src/build/errors.ts';
import { type Entry, manifestOf } from '../src/build/manifest.ts';
import type { Match } from '../src/build/python.ts';
import { inputsHash } from '../src/build/requirements/inputs.ts';
import { readRequirements } from '../src/build/requirements/requirements.ts';
import { run } from '../src/build/run.ts';
import { contentsOf, staticKey } from '../src/build/static/kept.ts';
import { type Collected, collectStatic } from '../src/build/static/static.ts';
import type { Stage } from '../src/config/types.ts';
import { webProcess } from '../src/servers/web.ts';
import { installers, type Scratch, scratchFolder, thisPython, writeFiles } from './build.fixtures.ts';

const shop = join(import.meta.dirname, '..', 'examples', 'shop');
let scratch: Scratch;
let match: Match;
let env: BuiltEnv;

beforeAll(async () => {
  scratch = await scratchFolder();
  match = await thisPython();
  const { uv } = installers(match);
  const requirements = await readRequirements(shop, 'requirements.txt');
  const inputs = inputsHash(requirements, match.target, {});
  const kept = { ...uv, RUNNER_TOOL_CACHE: join(scratch.path, 'tools') };
  const options = { requirements, inputs, top: shop, match, scratch: scratch.path, env: kept };
  const built = await obtainEnv(options);
  expect(built.from).toBe('built');
  env = built.env;
  // The second time it is there: nothing is resolved, and it is the same.
  const lines: string[] = [];
  const again = await obtainEnv({ ...options, log: (line) => lines.push(line) });
  expect([again.from, again.env, again.notices, lines]).toEqual(['local', built.env, [], []]);
});

afterAll(async () => {
  await scratch[Symbol.asyncDispose]();
});

let count = 0;

/** Collects for the shop with some files changed, one of which a link leads to. */
async function collect(
  files: Record<string, string>,
  given: {
    env?: Record<string, string>;
    buildEnv?: Record<string, string>;
    inputEnv?: Record<string, string>;
    settings?: string;
    staticFiles?: Partial<Stage['staticFiles']>;
    log?: string[];
  } = {},
): Promise<Collected> {
  const folder = join(scratch.path, `run-${count++}`);
  await mkdir(folder);
  const top = join(folder, 'top');
  await cp(shop, top, { recursive: true });
  await writeFiles(top, files);
  await symlink('../orders/words.txt', join(top, 'shop/words.txt'));
  const before = await manifestOf(top, 'the source tree');
  const settings = given.settings ?? 'shop.settings.production';
  const django = await findDjango(top, { project: '.', settings, application: undefined }, ['wsgi']);
  const stage = {
    env: given.env ?? {},
    buildEnv: given.buildEnv ?? { SECRET_KEY: 'build' },
    staticFiles: { commands: [], hashed: [], ...given.staticFiles },
  };
  const options = {
    source: { tree: before },
    config: null,
    django,
    match,
    env,
    stage,
    inputEnv: given.inputEnv ?? {},
    scratch: folder,
    kept: join(scratch.path, 'kept'),
    log: (line: string) => given.log?.push(line),
  };
  try {
    return await collectStatic(options);
  } finally {
    // The source is not touched, whatever the settings do.
    expect((await manifestOf(top, 'the source tree')).manifest.digest).toBe(before.manifest.digest);
  }
}

async function refusal(promise: Promise<unknown>): Promise<BuildError> {
  const thrown = await promise.catch((error: unknown) => error);
  if (thrown instanceof BuildError) return thrown;
  throw new Error('it should have been refused', { cause: thrown });
}

const production = async (more: string): Promise<Record<string, string>> => ({
  'shop/settings/changed.py': `from .production import *\n${more}`,
});
const changed = { settings: 'shop.settings.changed' };

test('the static files of the shop, with hashed names; the same twice', async () => {
  const { static: made, notices } = await collect({ 'local.log': 'x' });
  expect(notices).toEqual([]);
  expect(made?.spec).toEqual({ root: 'staticfiles', url: '/static/', hashed: [] });
  const paths = made?.tree.manifest.entries.map((entry) => entry.path) ?? [];
  expect(paths).toContain('staticfiles.json');
  expect(paths.filter((path) => /^orders\/shop\.[0-9a-f]{12}\.css$/.test(path))).toHaveLength(1);
  expect(paths).toContain('admin/css/base.css');
  expect((await collect({})).static?.tree.manifest.digest).toBe(made?.tree.manifest.digest);
});

test('env in the order build-env, input, stage; DJANGO_SETTINGS_MODULE is the settings that count', async () => {
  const writes = `
import json, pathlib, sys
pathlib.Path(os.environ["SEEN"]).write_text(json.dumps([os.environ.get(n) for n in ("A", "B", "C", "DJANGO_SETTINGS_MODULE", "INPUT_SSH_KEY")]))
`;
  const seen = join(scratch.path, 'seen.json');
  process.env['INPUT_SSH_KEY'] = 'never';
  try {
    await collect(await production(writes), {
      ...changed,
      env: { A: 'stage', B: 'stage', C: 'stage', SEEN: seen },
      inputEnv: { A: 'input', B: 'input' },
      buildEnv: { A: 'build', SECRET_KEY: 'build' },
    });
  } finally {
    delete process.env['INPUT_SSH_KEY'];
  }
  expect(JSON.parse(await readFile(seen, 'utf8'))).toEqual(['build', 'input', 'stage', 'shop.settings.changed', null]);
});

test('a secret of the env input is in no output', async () => {
  const leaks = 'print("it is", os.environ["PASSWORD"])\nraise RuntimeError("cannot use " + os.environ["PASSWORD"])\n';
  const error = await refusal(
    collect(await production(leaks), { ...changed, inputEnv: { PASSWORD: 'hunter2-hunter2' } }),
  );
  expect(error.message).toBe('shop.settings.changed could not be loaded in the runner: RuntimeError: cannot use ***');
  expect(error.output).toContain('it is ***');
  expect([error.message, error.mend, ...error.output].join('\n')).not.toContain('hunter2');
});

test.each([
  ['STATIC_ROOT = BASE_DIR', 'which is not a folder inside'],
  [
    'STORAGES = {**STORAGES, "staticfiles": {**STORAGES["staticfiles"], "OPTIONS": {"location": BASE_DIR / "own"}}}',
    'the staticfiles storage in shop.settings.changed has a location of its own',
  ],
  ['raise SystemExit(4)', 'ended with exit status 4'],
])('%s: %s', async (setting, message) => {
  const error = await refusal(collect(await production(`${setting}\n`), changed));
  expect(error.message).toContain(message);
  expect(error.mend).not.toBe('');
});

test('a stylesheet that names a missing file fails with the output of collectstatic', async () => {
  const error = await refusal(collect({ 'orders/static/orders/broken.css': 'a { background: url("none.png") }' }));
  expect(error.message).toContain("collectstatic failed: ValueError: The file 'orders/none.png' could not be found");
  expect(error.output.join('\n')).toContain('none.png');
});

test('no staticfiles app: no static files; STATIC_URL is told as it is', async () => {
  const without =
    'INSTALLED_APPS = [app for app in INSTALLED_APPS if app not in ("django.contrib.staticfiles", "django.contrib.admin")]\n';
  expect(await collect(await production(without), changed)).toMatchObject({ static: null, notices: [] });
  const cdn = await collect(await production('STATIC_URL = "https://cdn.example.org/s/"\n'), changed);
  expect(cdn.static?.spec).toEqual({ root: 'staticfiles', url: 'https://cdn.example.org/s/', hashed: [] });
});

test('settings with DEBUG = True are told', async () => {
  const { notices } = await collect(await production('DEBUG = True\n'), changed);
  expect(notices).toEqual([
    'shop.settings.changed has DEBUG = True, which shows visitors your code and settings when a page fails: set DEBUG = False there',
  ]);
});

test('committed files under STATIC_ROOT are told', async () => {
  const { notices } = await collect({ 'staticfiles/old.css': '' });
  expect(notices).toEqual([
    '1 committed files under staticfiles (STATIC_ROOT) are replaced by what collectstatic made',
  ]);
});

test('gunicorn loads the shop from the environment with the start command', async () => {
  const { argv } = webProcess({
    server: 'gunicorn',
    serverArgs: ['--check-config'],
    serverCommand: undefined,
    interface: 'wsgi',
    graceMs: 30_000,
    application: 'shop.wsgi:application',
    packages: env.packages,
  });
  const { python } = await overlayFor(env, match, scratch.path);
  const [program = '', ...args] = argv.map((part) =>
    part.replace('{python}', python).replace('{socket}', join(scratch.path, 'http.sock')),
  );
  const settings = {
    SECRET_KEY: 'x',
    DJANGO_SETTINGS_MODULE: 'shop.settings.production',
    PYTHONDONTWRITEBYTECODE: '1',
  };
  expect((await run([program, ...args], { cwd: shop, env: settings })).code).toBe(0);
  const broken = join(scratch.path, 'broken');
  await mkdir(broken);
  await writeFile(join(broken, 'shop.py'), 'raise ImportError("broken")\n');
  await expect(run([program, ...args], { cwd: broken, env: settings })).rejects.toThrow('ended with exit status');
  // Nothing that ran here has written to the environment.
  expect((await manifestOf(env.tree.folder, 'the environment')).manifest.digest).toBe(env.tree.manifest.digest);
});

/** Collects, and tells whether it had to. */
async function told(files: Record<string, string>, settings = 'shop.settings.production') {
  const log: string[] = [];
  const { static: made, notices } = await collect(files, { log, settings });
  return { kept: log.some((line) => line.includes('those of an earlier run are taken')), made, notices };
}

test('nothing is collected again while nothing that decides has changed; a damaged copy is no copy', async () => {
  const said = () => told({ 'orders/static/orders/own.css': 'p { color: red }' });
  const first = await said();
  expect(first.kept).toBe(false);
  const second = await said();
  expect(second.kept).toBe(true);
  expect(second.made?.tree.manifest).toEqual(first.made?.tree.manifest);
  expect(second.made?.spec).toEqual(first.made?.spec);
  await writeFile(join(second.made?.tree.folder ?? '', 'staticfiles.json'), '{}');
  expect(await said()).toMatchObject({
    kept: false,
    notices: [
      expect.stringMatching(/^the kept collection of static files \S+ is damaged and is made anew: its files are/),
    ],
  });
});

const APP = 'from django.apps import AppConfig\n\n\nclass OrdersConfig(AppConfig):\n    name = "orders"\n';
const CODE = {
  'orders/unread.py': 'x = 1',
  'orders/apps.py': APP,
  'orders/static/orders/own.css': 'p { color: blue }',
  'orders/words.txt': 'one',
  'shop/settings/changed.py': 'from .production import *\nWORDS = (BASE_DIR / "shop/words.txt").read_text()\n',
};

test.each<[Record<string, string>, boolean]>([
  [{ 'orders/unread.py': 'x = 2' }, true],
  [{ 'orders/apps.py': `${APP}# 2\n` }, false],
  [{ 'orders/static/orders/own.css': 'p { color: green }' }, false],
  [{ 'orders/words.txt': 'two' }, false],
  [{ 'orders/more.py': '' }, false],
])('%j: taken again: %s, as Django opens that file or does not', async (change, kept) => {
  const files = CODE;
  const first = await told(files, 'shop.settings.changed');
  const second = await told({ ...files, ...change }, 'shop.settings.changed');
  expect(second.kept).toBe(kept);
  const css = 'orders/static/orders/own.css' in change;
  expect(second.made?.tree.manifest.digest === first.made?.tree.manifest.digest).toBe(!css);
  expect((await told({ ...files, ...change }, 'shop.settings.changed')).kept).toBe(true);
});

test.each([
  'import subprocess\nsubprocess.run(["true"])',
  'os.system("true")',
  'import sqlite3\nsqlite3.connect(":memory:")',
])('%j in the settings may read anything: any change of the code counts then', async (line) => {
  const files = { ...CODE, 'shop/settings/changed.py': `from .production import *\n${line}\n` };
  await told(files, 'shop.settings.changed');
  expect((await told(files, 'shop.settings.changed')).kept).toBe(true);
  expect((await told({ ...files, 'orders/unread.py': line }, 'shop.settings.changed')).kept).toBe(false);
});

test('what was read of the code: all of it where that is not known; links by where they lead', () => {
  const file = (path: string, sha256: string) => ({ kind: 'file', path, sha256, bytes: 1 }) as const;
  const code: Entry[] = [file('a.py', '1'), file('b.py', '2'), { kind: 'link', path: 'c.py', target: 'a.py' }];
  const named = (read: string[] | null, entries = code) => contentsOf({ entries }, read);
  const other: Entry[] = [file('a.py', '1'), file('b.py', '3'), { kind: 'link', path: 'c.py', target: 'b.py' }];
  expect(named(['a.py', 'gone.py'], other)).toBe(named(['a.py', 'gone.py']));
  expect(named(['b.py'], other)).not.toBe(named(['b.py']));
  expect(named(null, other)).not.toBe(named(null));
  expect(named(null)).toBe(named(['a.py', 'b.py']));
});

test('what decides about static files: names of all code, packages, settings and variables; a secret can only be asked', () => {
  const file = (path: string) => ({ kind: 'file', path, sha256: '', bytes: 1 }) as const;
  const tree = (digest: string, ...names: string[]) => ({
    tree: { folder: '', manifest: { text: '', digest, entries: names.map(file) } },
  });
  const given = {
    source: tree('code'),
    config: null,
    env: tree('env'),
    django: { project: '.' },
    settings: 'shop.settings',
    stage: { env: { A: '1' }, buildEnv: { SECRET_KEY: 'build' }, staticFiles: { commands: [] } },
    inputEnv: { SECRET_KEY: 'hidden' },
  };
  const key = staticKey(given);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(staticKey({ ...given, inputEnv: {}, source: tree('of other contents') })).toBe(key);
  const others = [
    { source: tree('code', 'another.py') },
    { config: tree('settings') },
    { env: tree('other') },
    { django: { project: 'app' } },
    { settings: 'shop.settings.production' },
    { stage: { ...given.stage, env: { A: '2' } } },
    { stage: { ...given.stage, buildEnv: { SECRET_KEY: 'other' } } },
  ].map((change) => staticKey({ ...given, ...change }));
  expect(new Set([key, ...others]).size).toBe(8);
  expect(staticKey({ ...given, inputEnv: { OTHER: 'hidden' } })).toBeNull();
  expect(staticKey({ ...given, stage: { ...given.stage, staticFiles: { commands: [['compress']] } } })).toBeNull();
});

const COMMAND = `
from pathlib import Path
from django.conf import settings
from django.core.management.base import BaseCommand

class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--into")

    def handle(self, *args, into, **options):
        if into is None:
            raise ValueError("no place is named")
        (Path(settings.STATIC_ROOT) / into).mkdir()
        (Path(settings.STATIC_ROOT) / into / "output.1234.css").write_text("made")
`;

test('commands after collectstatic write into what is shipped; static.hashed names what follows its content', async () => {
  const files = { 'orders/management/commands/bundle.py': COMMAND };
  const made = await collect(files, {
    staticFiles: { commands: [['bundle', '--into', 'CACHE']], hashed: ['/CACHE/*.css'] },
  });
  expect(made.static?.spec.hashed).toEqual(['CACHE/output.1234.css']);
  expect(made.notices).toEqual([]);
  const refused = await refusal(collect(files, { staticFiles: { commands: [['bundle']] } }));
  expect(refused.message).toBe(
    'the command bundle after collectstatic (static.commands) failed: ValueError: no place is named',
  );
  expect(refused.place).toEqual({ file: 'orders/management/commands/bundle.py', line: 12 });
  const none = await collect({}, { staticFiles: { hashed: ['CACHE/'] } });
  expect(none.notices).toEqual(['no collected file matches static.hashed']);
});

test('a database that is asked in the runner is explained, with the variable that names it', async () => {
  const files = {
    ...(await production(
      'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("SHOP_DB", "/none/x")}}',
    )),
    'orders/apps.py': `
from django.apps import AppConfig

class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self):
        from django.db import connection
        connection.ensure_connection()
`,
  };
  const refused = await refusal(collect(files, changed));
  expect(refused.message).toMatch(
    /^the database was asked while shop\.settings\.changed and its apps were loaded, and the runner has none \(OperationalError: /,
  );
  expect(refused.mend).toBe(
    'ask it later: not when a module is imported, and not in the ready() of an app; where an empty database will do, give its settings a dummy in graceful.yml: build-env: { SHOP_DB: build }',
  );
  expect(refused.place).toEqual({ file: 'orders/apps.py', line: 9 });
});

test.each([
  ['gifts.apps.GiftsConfig', 'add the package of gifts to the requirements, or mend the import'],
  ['django.contrib.gifts', 'mend the name, or ask for a version of django that has it'],
  ['orders.gifts', 'commit the file of orders.gifts, or mend the import'],
])('an app that is nowhere, %s, is told at the line of the settings that names it', async (app, mend) => {
  const refused = await refusal(
    collect(await production(`INSTALLED_APPS = [\n    *INSTALLED_APPS,\n    "${app}",\n]\n`), changed),
  );
  expect(refused.message).toMatch(/^shop\.settings\.changed could not be loaded in the runner: ModuleNotFoundError: /);
  expect(refused).toMatchObject({ mend, place: { file: 'shop/settings/changed.py', line: 4 } });
});

/** What of the shop's migrations, with some files changed, a database would get that has these. */
async function pending(files: Record<string, string>, applied: Applied): Promise<Pending> {
  const folder = join(scratch.path, `run-${count++}`);
  const top = join(folder, 'top');
  await mkdir(folder);
  await cp(shop, top, { recursive: true });
  await writeFiles(top, files);
  const source = { tree: await manifestOf(top, 'the source tree') };
  const settings = 'shop.settings.production';
  const django = await findDjango(top, { project: '.', settings, application: undefined }, ['wsgi']);
  const stage = { env: {}, buildEnv: { SECRET_KEY: 'build' } };
  return await pendingMigrations({ source, django, match, env, stage, inputEnv: {}, scratch: folder }, applied);
}

const migration = (dependency: string, more: string): string =>
  `from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    dependencies = [${dependency}]\n    operations = [migrations.RunPython(migrations.RunPython.noop)]\n${more}`;
const FIRST = '("orders", "0001_initial")';

test('which migrations a database lacks: those of packages too, in the order of migrate', async () => {
  const all = await pending({}, { migrations: null, why: 'nothing is live yet' });
  expect(all).toMatchObject({ isKnown: false, why: 'nothing is live yet' });
  const names = all.migrations?.map(({ name }) => name) ?? [];
  expect(names.indexOf('contenttypes.0001_initial')).toBeLessThan(names.indexOf('auth.0001_initial'));
  expect(names).toContain('orders.0001_initial');
  expect(await pending({}, { migrations: names, why: null })).toEqual({ migrations: [], isKnown: true, why: null });
  // One that stands for others counts as applied where they are.
  const files = {
    'orders/migrations/0002_second.py': migration(FIRST, ''),
    'orders/migrations/0002_squashed.py': migration(
      '',
      '    replaces = [("orders", "0001_initial"), ("orders", "0002_second")]\n',
    ),
    'orders/migrations/0003_third.py': migration('("orders", "0002_squashed")', ''),
  };
  expect(await pending(files, { migrations: [...names, 'orders.0002_second'], why: null })).toEqual({
    migrations: [{ name: 'orders.0003_third', operations: ['Raw Python operation'] }],
    isKnown: true,
    why: null,
  });
});

test('what migrate would fail of is told', async () => {
  const two = {
    'orders/migrations/0002_one.py': migration(FIRST, ''),
    'orders/migrations/0002_two.py': migration(FIRST, ''),
  };
  expect((await pending(two, { migrations: [], why: null })).why).toBe(
    'migrate would fail: conflicting migrations: orders: 0002_one, 0002_two',
  );
  const torn = await pending(
    { 'orders/migrations/0002_one.py': migration(FIRST, '') },
    { migrations: ['orders.0002_one'], why: null },
  );
  expect(torn.why).toMatch(/^migrate would fail: Migration orders\.0002_one is applied before its dependency/);
  const broken = await pending(
    { 'orders/migrations/0002_one.py': 'nothing = missing\n' },
    { migrations: [], why: null },
  );
  expect(broken).toEqual({
    migrations: null,
    isKnown: false,
    why: "the release's Django could not be asked in the runner: NameError: name 'missing' is not defined",
  });
});

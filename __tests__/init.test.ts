/** `graceful init` on projects of several kinds: what it finds, what it guesses, and what it writes. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { lintTools } from '../scripts/lint-tools.ts';
import { lintWorkflows } from '../scripts/lint-workflows.ts';
import { commandHere } from './fixtures/wrong/run.ts';

const LOCKS = join(import.meta.dirname, 'fixtures/locks');
const MANAGE = (settings: string) => `import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "${settings}")\n`;
const URLS = '"""Like path(\'\', views.home)."""\nurlpatterns = [\n    path(\'admin/\', admin.site.urls),\n]\n';

/** What `django-admin startproject shop .` writes, as far as it counts here. */
const START = {
  'manage.py': MANAGE('shop.settings'),
  'shop/settings.py': [
    "SECRET_KEY = 'django-insecure-abc'",
    'DEBUG = True',
    'ALLOWED_HOSTS = []',
    "ROOT_URLCONF = 'shop.urls'",
    "WSGI_APPLICATION = 'shop.wsgi.application'",
    "DATABASES = {\n    'default': {\n        'ENGINE': 'django.db.backends.sqlite3',\n        'NAME': BASE_DIR / 'db.sqlite3',\n    }\n}",
    "STATIC_URL = 'static/'",
    '',
  ].join('\n'),
  'shop/urls.py': URLS,
  'shop/wsgi.py': '',
};

/** A checkout with these files, on these branches; the last one is checked out. */
function checkout(files: Record<string, string>, branches = ['main']): Disposable & { readonly path: string } {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-init-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true });
    writeFileSync(join(folder.path, name), text);
  }
  const git = (...argv: string[]) => execFileSync('git', ['-C', folder.path, ...argv], { stdio: 'pipe' });
  git('init', '--quiet', '--initial-branch=first');
  git('-c', 'user.name=x', '-c', 'user.email=x@x.test', 'commit', '--quiet', '--allow-empty', '--message=x');
  for (const branch of branches) git('checkout', '--quiet', '-b', branch);
  git('branch', '--quiet', '--delete', 'first');
  return folder;
}

/** Further branches, of a remote too. */
function refs(path: string, ...names: string[]): void {
  for (const name of names) execFileSync('git', ['-C', path, 'update-ref', name, 'HEAD'], { stdio: 'pipe' });
}

/** What it says, and what it wrote; `graceful config` finds no fault in it for any stage. */
async function initialised(path: string, ...options: string[]) {
  const { code, log } = await commandHere(['init', ...options], path, {});
  expect(code, log).toBe(0);
  const text = readFileSync(join(path, 'graceful.yml'), 'utf8');
  const file: { stages: Record<string, unknown> } = parse(text);
  for (const stage of Object.keys(file.stages)) {
    const config = await commandHere(['config', '--stage', stage], path, {});
    expect(config.code, config.log).toBe(0);
    expect(existsSync(join(path, `.github/workflows/${stage}.yml`))).toBe(true);
  }
  const told = log.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
  return {
    told,
    text,
    file,
    workflow: (name: string) => parse(readFileSync(join(path, `.github/workflows/${name}.yml`), 'utf8')),
  };
}

test('a project as Django makes it: what is missing is named with its mend', async () => {
  using project = checkout({ ...START, 'requirements.txt': 'Django\n' });
  const { told, text, file, workflow } = await initialised(project.path);
  expect(file).toEqual({
    software: 'shop',
    shared: { dirs: ['data'] },
    health: { path: '/admin/login/' },
    migrate: true,
    stages: { production: { branch: 'main', host: 'www.example.org', url: 'https://www.example.org' } },
  });
  expect(text).toContain('# yaml-language-server: $schema=https://');
  expect(text).toContain('software: shop # guessed: the package of the settings');
  expect(text).toContain('branch: main # found: there is such a branch');
  for (const line of [
    '+ found | requirements | requirements.txt | what is installed',
    '+ found | application | shop.wsgi:application | what the server serves',
    '? guessed | production: host | www.example.org | nothing names it',
    '? guessed | python | 3.11 | what `python3 --version` says on the host',
    '! to do | server | add gunicorn to requirements.txt',
    '! to do | static files | set STATIC_ROOT to a folder in the project: BASE_DIR / "staticfiles"',
    '! to do | SECRET_KEY | it stands in the settings: read it with os.environ["SECRET_KEY"], and run graceful init --force: it writes its files anew',
    'written graceful.yml',
    'written .github/workflows/production.yml',
    'written .github/workflows/rollback.yml',
  ])
    expect(told).toContain(line);
  expect(workflow('production')).toMatchObject({
    on: { push: { branches: ['main'] } },
    concurrency: { group: 'production' },
    jobs: { deploy: { environment: { name: 'production' } } },
  });
  expect(lintWorkflows(project.path, join(lintTools(), 'bin'))).toEqual([]);
  expect(workflow('rollback')).toMatchObject({
    on: { workflow_dispatch: { inputs: { stage: { options: ['production'] } } } },
  });
});

test('nested settings as Wagtail makes them, in a folder, with Celery, PostgreSQL, a branch for staging', async () => {
  using project = checkout(
    {
      'backend/manage.py': MANAGE('config.settings.dev'),
      'backend/config/__init__.py': '',
      'backend/config/settings/__init__.py': '',
      'backend/config/settings/base.py': [
        "ROOT_URLCONF = 'config.urls'",
        "WSGI_APPLICATION = 'config.wsgi.application'",
        'DATABASES = {"default": env.db("DATABASE_URL")}',
        'STATIC_ROOT = os.path.join(BASE_DIR, "static")',
        'MEDIA_ROOT = os.path.join(BASE_DIR, "media")',
        'CELERY_BEAT_SCHEDULE = {}',
        '',
      ].join('\n'),
      'backend/config/settings/dev.py': 'from .base import *\nDEBUG = True\nSECRET_KEY = "insecure"\n',
      'backend/config/settings/production.py':
        'from .base import *\nDEBUG = False\nSECRET_KEY = os.environ["SECRET_KEY"]\nALLOWED_HOSTS = ["localhost", ".x.org", "www.books.example"]\n',
      'backend/config/urls.py': "urlpatterns = [path('health/', health), path('', include('home.urls'))]\n",
      'backend/config/wsgi.py': '',
      'backend/config/celery.py': '',
      'requirements.txt': '-r more.txt\ngunicorn==23.0.0\nwhitenoise\n',
      'more.txt': 'Django\nCelery[redis]>=5\npsycopg[binary]\n',
      '.python-version': '3.12.4\n',
    },
    ['main', 'develop'],
  );
  const { told, file, workflow } = await initialised(
    project.path,
    '--uses',
    'acme/graceful@0123456789012345678901234567890123456789',
  );
  expect(file).toEqual({
    software: expect.stringMatching(/^graceful-init-/),
    django: { project: 'backend', settings: 'config.settings.production' },
    processes: { worker: { celery: 'worker' }, beat: { celery: 'beat' } },
    shared: { public: ['backend/media'] },
    'build-env': { SECRET_KEY: 'build', DATABASE_URL: 'sqlite://:memory:' },
    health: { path: '/health/' },
    migrate: true,
    stages: {
      staging: { branch: 'develop', host: 'staging.books.example', url: 'https://staging.books.example' },
      production: { branch: 'main', host: 'www.books.example', url: 'https://www.books.example' },
    },
  });
  for (const line of [
    '+ found | django | { project: backend, settings: config.settings.production } | manage.py is there; beside config.settings.dev, which manage.py names',
    '+ found | production: host | www.books.example | ALLOWED_HOSTS',
    '+ found | celery | worker, beat | the host needs a unit for each',
    '+ found | static files | whitenoise | it may stay; nginx serves them before it is asked',
    '+ found | database | psycopg | its driver',
    '+ found | python | 3.12 | .python-version; the host needs it too',
  ])
    expect(told).toContain(line);
  expect(told.filter((line) => line.startsWith('!'))).toEqual([]);
  expect(lintWorkflows(project.path, join(lintTools(), 'bin'))).toEqual([]);
  const steps = workflow('staging').jobs.deploy.steps;
  expect(workflow('staging').on.push.branches).toEqual(['develop']);
  expect(steps[1].with['python-version']).toBe('3.12');
  expect(steps.at(-1)).toMatchObject({
    uses: 'acme/graceful@0123456789012345678901234567890123456789',
    with: {
      stage: 'staging',
      env: `${['SECRET_KEY', 'DATABASE_URL'].map((name) => `${name}=\${{ secrets.${name} }}`).join('\n')}\n`,
    },
  });
});

test('a branch and an Action that are called like a stage, and branches that only end like usual ones', async () => {
  using project = checkout({ ...START, 'requirements.txt': 'Django\n' }, ['feature/main', 'my-staging']);
  refs(project.path, 'refs/remotes/origin/fix/develop');
  const { file, workflow } = await initialised(project.path, '--uses', 'staging-tools/graceful@v1');
  expect(file.stages).toMatchObject({ production: { branch: 'my-staging' } });
  expect(Object.keys(file.stages)).toEqual(['production']);
  expect(workflow('production')).toMatchObject({
    name: 'Production',
    on: { push: { branches: ['my-staging'] } },
    concurrency: { group: 'production' },
  });
  expect(workflow('production').jobs.deploy.steps.at(-1)).toMatchObject({
    uses: 'staging-tools/graceful@v1',
    with: { stage: 'production' },
  });
});

test('a branch that only the remote has', async () => {
  using project = checkout({ ...START, 'requirements.txt': 'Django\n' }, ['topic']);
  refs(project.path, 'refs/remotes/origin/develop', 'refs/remotes/origin/main');
  const { file } = await initialised(project.path);
  expect(file.stages).toMatchObject({ staging: { branch: 'develop' }, production: { branch: 'main' } });
});

test.for([
  ['uv', 'uv.lock'],
  ['poetry', 'poetry.lock'],
  ['pipenv', 'Pipfile.lock'],
])('packages of a lock file: %s', async ([tool, lock]) => {
  using project = checkout(START);
  cpSync(join(LOCKS, tool ?? ''), project.path, { recursive: true });
  const { told } = await initialised(project.path);
  expect(told).toContain(`+ found | requirements | ${lock} | what is installed`);
  expect(told.filter((line) => line.startsWith('! to do | server'))).toEqual([]);
});

test('what is there is never overwritten unasked, and nothing is written when only asked to tell', async () => {
  using project = checkout({ ...START, 'requirements.txt': 'Django\ngunicorn\n', 'graceful.yml': 'mine: true\n' });
  const at = (path: string) => join(project.path, path);
  const refused = await commandHere(['init'], project.path, {});
  expect(refused.code).toBe(64);
  expect(refused.log).toContain('graceful.yml: this file is there already, and says something else');
  expect(existsSync(at('.github'))).toBe(false);

  const dry = await commandHere(['init', '--dry-run'], project.path, {});
  expect(dry.log).toContain('to write .github/workflows/rollback.yml');
  const printed = await commandHere(
    ['init', '--print', '--host', 'shop.example', '--url', 'https://www.shop.example'],
    project.path,
    {},
  );
  expect(printed.log).toContain('# .github/workflows/production.yml\n');
  expect(printed.log).toContain(
    '    host: shop.example # found: --host\n    url: https://www.shop.example # found: --url\n',
  );
  expect(readFileSync(at('graceful.yml'), 'utf8')).toBe('mine: true\n');
  expect(existsSync(at('.github'))).toBe(false);

  expect((await commandHere(['init', '--force'], project.path, {})).code).toBe(0);
  expect(readFileSync(at('graceful.yml'), 'utf8')).toContain('software: shop');
  expect((await commandHere(['init'], project.path, {})).log).toContain('unchanged graceful.yml');
});

test('what is in the way is told all at once, and nothing is written', async () => {
  using project = checkout({ ...START, 'requirements.txt': 'Django\n', '.github': 'a file', 'graceful.yml/x': '' });
  const at = (path: string) => join(project.path, path);
  for (const options of [[], ['--force'], ['--dry-run']]) {
    const { code, log } = await commandHere(['init', ...options], project.path, {});
    expect(code, log).toBe(64);
    expect(log).toContain('graceful.yml: this is a folder\n  nothing was written: move it away\n');
    expect(log.split('.github: this is no folder')).toHaveLength(2);
  }
  expect((await commandHere(['init', '--print'], project.path, {})).log).toContain('# graceful.yml\n');

  using outside = mkdtempDisposableSync(join(tmpdir(), 'graceful-init-'));
  using linked = checkout({ ...START, 'requirements.txt': 'Django\n' });
  symlinkSync(join(outside.path, 'new.yml'), join(linked.path, 'graceful.yml'));
  symlinkSync(outside.path, join(linked.path, '.github'));
  const { code, log } = await commandHere(['init', '--force'], linked.path, {});
  expect(code).toBe(64);
  expect(log).toContain('graceful.yml: this is a link\n');
  expect(log).toContain('.github: this is a link\n');
  expect(readdirSync(outside.path)).toEqual([]);
  expect(readFileSync(at('.github'), 'utf8')).toBe('a file');
});

test('a folder and a file that may not be written, and one that may not be read', () => {
  using project = checkout({ ...START, 'requirements.txt': 'Django\n', '.github/workflows/rollback.yml': 'mine\n' });
  const at = (path: string) => join(project.path, path);
  chmodSync(at('.github/workflows/rollback.yml'), 0o444);
  chmodSync(project.path, 0o555);
  const told = initAsOther(project.path);
  expect(told).toContain('graceful.yml: this file cannot be made here\n');
  expect(told).toContain('.github/workflows/rollback.yml: this file cannot be read and written\n');
  expect(existsSync(at('.github/workflows/production.yml'))).toBe(false);
  chmodSync(project.path, 0o755);
  chmodSync(at('shop/settings.py'), 0);
  expect(initAsOther(project.path)).toContain('shop/settings.py: this cannot be read');
});

/** What is refused, said by another user where this one is root, who may read and write everywhere. */
function initAsOther(cwd: string): string {
  const main = join(import.meta.dirname, '../src/main.ts');
  const code = `const { main } = await import(${JSON.stringify(main)}); process.exitCode = await main({ argv: ['init', '--force'], env: process.env, cwd: ${JSON.stringify(cwd)} });`;
  const asRoot = process.getuid?.() === 0;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd },
    ...(asRoot ? { uid: 65534, gid: 65534 } : {}),
  });
  expect(done.status, done.stderr).toBe(64);
  return done.stderr;
}

test('one of two Django projects is chosen', async () => {
  const at = (folder: string) =>
    Object.fromEntries(Object.entries(START).map(([name, text]) => [`${folder}/${name}`, text]));
  using project = checkout({ ...at('shop'), ...at('blog'), 'requirements.txt': 'Django\n' });
  const asked = await commandHere(['init'], project.path, {});
  expect(asked.code, asked.log).toBe(64);
  expect(asked.log).toContain(
    '--project: which one is meant? manage.py is in blog, shop\n  nothing was written: name one, graceful init --project blog\n',
  );
  for (const [given, message] of [
    ['docs', 'there is no manage.py in docs\n  it is in blog, shop'],
    ['../x', '../x lies outside of the repository'],
  ]) {
    const refused = await commandHere(['init', '--project', given ?? ''], project.path, {});
    expect(refused.code).toBe(64);
    expect(refused.log).toContain(`--project: ${message}`);
  }
  expect(existsSync(join(project.path, 'graceful.yml'))).toBe(false);
  // As a path: from the folder where one is.
  const inside = await commandHere(['init', '--print', '--project', '.'], join(project.path, 'shop'), {});
  expect(inside.log).toContain('django: { project: shop } #');
  const { file } = await initialised(project.path, '--project', 'blog/');
  expect(file).toMatchObject({ django: { project: 'blog' }, shared: { dirs: ['blog/data'] } });
});

test.for([
  ['>=3.9,<3.11', 'pyproject.toml', '[project]\nname = "x"\nrequires-python = ">=3.9,<3.11"\n', '3.10'],
  ['>= 3.12.4', 'pyproject.toml', '[project]\nname = "x"\nrequires-python = ">= 3.12.4"\n', '3.12'],
  ['^3.12', 'pyproject.toml', '[tool.poetry.dependencies]\nDjango = "*"\npython = "^3.12"\n', '3.12'],
  ['~3.8 || ~3.9', 'pyproject.toml', '[tool.poetry.dependencies]\npython = "~3.8 || ~3.9"\n', '3.9'],
  ['>=3.13', 'backend/pyproject.toml', '[project]\nname = "x"\nrequires-python = ">=3.13"\n', '3.13'],
])('the Python that the project wants: %s in %s', async ([wanted = '', file = '', text = '', version = '']) => {
  const inBackend = Object.fromEntries(Object.entries(START).map(([name, content]) => [`backend/${name}`, content]));
  using project = checkout({ ...inBackend, 'requirements.txt': 'Django\n', [file]: text });
  const { told, workflow } = await initialised(project.path);
  expect(told).toContain(
    `? guessed | python | ${version} | what \`python3 --version\` says on the host; ${file} wants ${wanted}`,
  );
  expect(workflow('production').jobs.deploy.steps[1].with['python-version']).toBe(version);
});

test.for([
  ['--url http://x.org:8080', 'x.org', 'http://x.org:8080', 'staging.x.org'],
  ['--url https://[2001:db8::1]', '2001:db8::1', 'https://[2001:db8::1]', 'staging.example.org'],
  ['--host ::1', '::1', 'https://[::1]', 'staging.example.org'],
  ['--host 192.0.2.7 --url https://x.org', '192.0.2.7', 'https://x.org', 'staging.example.org'],
])('where production lives by %s', async ([options = '', host = '', url = '', staging = '']) => {
  using project = checkout({ ...START, 'requirements.txt': 'Django\n' }, ['main', 'develop']);
  const { file, told } = await initialised(project.path, ...options.split(' '));
  expect(file.stages).toMatchObject({
    production: { host, url },
    staging: { host: staging, url: `https://${staging}` },
  });
  const [option] = options.split(' ');
  expect(told.some((line) => line.startsWith('+ found | production: host') && line.endsWith(`| ${option}`))).toBe(true);
});

test('what is to be done can be done: the settings are mended, and the files are written anew', async () => {
  using project = checkout({ ...START, 'requirements.txt': 'Django\n' });
  const { told } = await initialised(project.path);
  const again = told.flatMap((line) => / and run graceful (init .*):/.exec(line)?.[1] ?? []);
  expect(again).toEqual(['init --force', 'init --force']);
  const production = 'from .settings import *\nDEBUG = False\nSECRET_KEY = os.environ["SECRET_KEY"]\n';
  writeFileSync(join(project.path, 'shop/production.py'), production);
  const { told: then, file } = await initialised(project.path, '--force');
  expect(file).toMatchObject({ django: { settings: 'shop.production' }, 'build-env': { SECRET_KEY: 'build' } });
  expect(then.filter((line) => /^! to do \| (SECRET_KEY|DEBUG)/.test(line))).toEqual([]);
  expect(then).toContain('written graceful.yml');
});

test.for([
  ['DATABASES = {"default": env.db("DATABASE_URL")}', undefined],
  ['DATABASES["default"] = env.db("DATABASE_URL")', undefined],
  ['DATABASES: dict[str, object] = {"default": env.db("DATABASE_URL")}', undefined],
  ['DATABASES["default"]["ATOMIC_REQUESTS"] = True', ['data']],
  ['DATABASES["default"]["NAME"] = BASE_DIR / "var" / "db.sqlite3"', ['var']],
])('settings for the host win over those that they come from: %s', async ([line = '', dirs]) => {
  const { 'shop/settings.py': base, ...start } = START;
  using project = checkout({
    ...start,
    'requirements.txt': 'Django\n',
    'manage.py': MANAGE('shop.settings.dev'),
    'shop/settings/__init__.py': '',
    'shop/settings/dev.py': 'from .base import *\n',
    'shop/settings/base.py': `${base}MEDIA_ROOT = BASE_DIR / "media"\nALLOWED_HOSTS = ["dev.x.org"]\n`,
    'shop/settings/prod.py': `from .base import *\nDEBUG = False\nMEDIA_ROOT = BASE_DIR / "uploads"\nALLOWED_HOSTS = ["www.x.org", "x.org"]\n${line}\n`,
  });
  const { told, file } = await initialised(project.path);
  expect(file).toMatchObject({ stages: { production: { host: 'www.x.org' } } });
  expect(file).toHaveProperty('shared', { ...(dirs === undefined ? {} : { dirs }), public: ['uploads'] });
  expect(told.some((one) => one.startsWith('! to do | database'))).toBe(dirs?.[0] === 'data');
  expect(told.some((one) => one.startsWith('! to do | DEBUG'))).toBe(false);
});

test('without a Django project, and with what no workflow could name', async () => {
  using empty = checkout({ 'README.md': '' });
  const none = await commandHere(['init'], empty.path, {});
  expect(none.code).toBe(1);
  expect(none.log).toContain('there is no manage.py in the top folder of the commit');
  using project = checkout({ ...START, 'requirements.txt': 'Django\n' });
  const odd = await commandHere(['init', '--uses', 'acme\nrun: x', '--host', 'a b'], project.path, {});
  expect(odd.code).toBe(64);
  expect(odd.log).toContain('--uses: "acme\\nrun: x" names no action\n  for example: acme/graceful@v1');
  expect(odd.log).toContain('--host: "a b" is no host name or IP address');
  expect(existsSync(join(project.path, 'graceful.yml'))).toBe(false);
});

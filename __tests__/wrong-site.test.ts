/** Everything that can be wrong with the commit that is to be deployed, with the words that a person reads. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runStep, type StepOptions, type StepResult } from '../testbed/runner.ts';
import { makeShopRepo, type ShopRepo } from '../testbed/shop.ts';
import { git, scratchFolder, writeFiles } from './build.fixtures.ts';
import { PAIR } from './config-example.ts';
import { faultsOfStep } from './fixtures/wrong/faults.ts';
import { type Loopback, startLoopback } from './fixtures/wrong/loopback.ts';
import { annotations, stepHere } from './fixtures/wrong/run.ts';

let host: Loopback;
let repo: ShopRepo;

beforeAll(async () => {
  host = await startLoopback(PAIR);
  repo = await makeShopRepo();
});
afterAll(async () => {
  await repo?.[Symbol.asyncDispose]();
  await host?.[Symbol.asyncDispose]();
});

/** Path to content; null takes the file away. */
type Files = Readonly<Record<string, string | Uint8Array | null>>;

const CONFIG = 'django: { settings: shop.settings.production }\nbuild-env: { SECRET_KEY: build }\n';

/** Commits the example shop with these files changed and these lines in graceful.yml. */
async function commit(files: Files, config = CONFIG): Promise<StepOptions> {
  await repo.commit();
  for (const [path, text] of Object.entries(files)) {
    if (text === null) rmSync(join(repo.path, path), { recursive: true });
    else if (typeof text === 'string') await writeFiles(repo.path, { [path]: text });
    else writeFileSync(join(repo.path, path), text);
  }
  await writeFiles(repo.path, { 'graceful.yml': host.config + config });
  await repo.git('add', '--all');
  await repo.git('commit', '--quiet', '--amend', '--no-edit');
  return { workspace: repo.path, inputs: host.inputs };
}

/** What a deploy that cannot be built tells: `place: what | mend`. The host has got nothing by then. */
function faultsOf(done: StepResult, workspace: string): string[] {
  expect(done, done.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
  expect(host.made()).toEqual([]);
  return faultsOfStep(done, 'The site is as it was.').map((fault) => fault.replaceAll(workspace, 'WORKSPACE'));
}

async function told(step: StepOptions): Promise<string[]> {
  return faultsOf(await stepHere(step), step.workspace);
}

/** The same for what is found before a host is contacted. */
async function toldAtOnce(step: StepOptions): Promise<string[]> {
  const done = await stepHere(step);
  expect(done.log).not.toContain('::group::Connect');
  return faultsOf(done, step.workspace);
}

describe('a checkout without a commit to deploy', () => {
  const workspaceWith = async (folder: string): Promise<StepOptions> => {
    await writeFiles(folder, { 'graceful.yml': host.config });
    return { workspace: folder, inputs: host.inputs };
  };

  test('no checkout', async () => {
    await using folder = await scratchFolder();
    expect(await toldAtOnce(await workspaceWith(folder.path))).toEqual([
      'WORKSPACE is not a git checkout | run actions/checkout before this step, or start in the folder of a clone',
    ]);
  });

  test('no commit', async () => {
    await using folder = await scratchFolder();
    git(folder.path, 'init', '-q');
    expect(await toldAtOnce(await workspaceWith(folder.path))).toEqual([
      'the git checkout WORKSPACE has no commit yet | commit the site, then deploy',
    ]);
  });

  test('a commit that a shallow checkout does not have', async () => {
    await using folder = await scratchFolder();
    await commit({});
    const older = await repo.git('rev-parse', 'HEAD');
    await repo.commit({ version: '2' });
    git(folder.path, 'clone', '-q', '--depth=1', `file://${repo.path}`, 'clone');
    const clone = join(folder.path, 'clone');
    writeFileSync(join(clone, '.git/HEAD'), `${older}\n`);
    expect(await toldAtOnce(await workspaceWith(clone))).toEqual([
      `the commit ${older} is not in the git checkout WORKSPACE, which is shallow | fetch it: actions/checkout with "fetch-depth: 0", or git fetch --unshallow`,
    ]);
  });

  test('a work tree that differs from its commit', async () => {
    const step = await commit({});
    await writeFiles(repo.path, { 'shop/urls.py': 'urlpatterns = []\n', 'notes.txt': 'new\n', 'manage.py': '' });
    expect(await toldAtOnce(step)).toEqual([
      'what is deployed is the commit, and the work tree differs from it: manage.py, shop/urls.py | commit the changes, or put them away with `git stash`',
    ]);
  });
});

describe('a commit without a Django site', () => {
  const rows: [name: string, files: Files, config: string | undefined, faults: string[]][] = [
    [
      'no manage.py and no requirements, both told',
      { 'manage.py': null, 'requirements.txt': null },
      undefined,
      [
        'there is no manage.py in the top folder of the commit | commit manage.py, or name its folder by django: { project: FOLDER } in graceful.yml',
        'no file of the commit says which packages the site needs: there is no requirements.txt, uv.lock, poetry.lock, Pipfile.lock or pyproject.toml | commit one of them, or name another one by python: { requirements: FILE } in graceful.yml',
      ],
    ],
    [
      'two files that say what is to be installed',
      { 'uv.lock': 'version = 1\n' },
      undefined,
      [
        'uv.lock and requirements.txt each say what is to be installed | name the one that counts, python: { requirements: uv.lock } in graceful.yml, or delete the other',
      ],
    ],
    [
      'a lock file that does not fit, and no such group',
      {
        'pyproject.toml': '[project]\nname = "shop"\nversion = "1"\ndependencies = ["Django"]\n',
        'uv.lock':
          'version = 1\n[[package]]\nname = "shop"\nsource = { virtual = "." }\n[package.metadata]\nrequires-dist = []\n',
      },
      `${CONFIG}python: { requirements: uv.lock, groups: [live] }\n`,
      [
        'pyproject.toml:4: uv.lock does not have django, and the project asks for Django | uv lock, and commit uv.lock',
        'pyproject.toml: there is no group "live"; it has none | take it out of python: { groups: [...] } in graceful.yml',
      ],
    ],
    [
      'a package with a source that uv alone reads, and no uv.lock',
      {
        'requirements.txt': null,
        'pyproject.toml':
          '[project]\ndependencies = ["Django", "own"]\n[tool.uv.sources]\nown = { path = "lib/own" }\n',
      },
      undefined,
      [
        'pyproject.toml:2: own has a source in [tool.uv.sources], which counts in uv.lock alone: without it whatever has that name on PyPI would be installed | uv lock, and commit uv.lock',
      ],
    ],
    [
      'no manage.py in the project that is named, and several elsewhere',
      { 'a/manage.py': '', 'b/manage.py': '' },
      'django: { project: web }\n',
      [
        'there is no manage.py in web of the commit | choose by django: { project: FOLDER } in graceful.yml; manage.py is in a, b',
      ],
    ],
    [
      'a manage.py without settings',
      { 'manage.py': 'print("hello")\n' },
      '',
      ['manage.py: it names no DJANGO_SETTINGS_MODULE | add django: { settings: PACKAGE.settings } to graceful.yml'],
    ],
    [
      'settings that are not there, named by manage.py',
      { 'manage.py': '\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.setings")\n' },
      '',
      [
        'manage.py:2: the settings module shop.setings is not in the commit (looked for shop/setings.py) | commit the file, or name the right module by django: { settings: ... } in graceful.yml',
      ],
    ],
    [
      'settings that are not there, named by graceful.yml',
      {},
      'django: { settings: shop.settings.live }\n',
      [
        'the settings module shop.settings.live is not in the commit (looked for shop/settings/live.py) | commit the file, or name the right module by django: { settings: ... } in graceful.yml',
      ],
    ],
    [
      'an application that is not there, named by the settings',
      { 'shop/settings/production.py': 'from .base import *\nWSGI_APPLICATION = "shop.wsgy.application"\n' },
      undefined,
      [
        'shop/settings/production.py:2: the application module shop.wsgy is not in the commit (looked for shop/wsgy.py) | commit the file, or name the right module by django: { application: ... } in graceful.yml',
      ],
    ],
    [
      'requirements that cannot be read, all told',
      {
        'requirements.txt':
          '-r base.txt\n./wheels/own-1-py3-none-any.whl\n-e .\nDjango=5\ngunicorn 23\n-r ../up.txt\n-c https://example.org/c.txt\n--find-links ./wheels\n',
      },
      undefined,
      [
        'requirements.txt:1: base.txt is not in the commit | commit the file, or mend its name (python: { requirements: FILE } in graceful.yml)',
        'requirements.txt:2: ./wheels/own-1-py3-none-any.whl is not in the commit | commit the file or folder, or mend its name',
        "requirements.txt:3: an editable requirement (-e) points into the runner's own folders | leave out -e: the repository's own code is deployed anyway, other packages are installed as copies",
        'requirements.txt:4: "=5" after Django is no version to ask for | write NAME, NAME==VERSION, NAME>=VERSION,<VERSION or NAME @ ADDRESS',
        'requirements.txt:5: "23" after gunicorn is no version to ask for | write NAME, NAME==VERSION, NAME>=VERSION,<VERSION or NAME @ ADDRESS',
        'requirements.txt:6: ../up.txt lies outside of the source tree | name a file of the repository',
        'requirements.txt:7: https://example.org/c.txt is a web address | copy that file into the repository: a build must not depend on what it is today',
        'requirements.txt:8: ./wheels is not in the commit | commit the file or folder, or mend its name',
      ],
    ],
  ];
  test.each(rows)('%s', async (_, files, config, faults) => {
    expect(await toldAtOnce(await commit(files, config))).toEqual(faults);
  });
});

describe('requirements that do not come to an environment', () => {
  const rows: [name: string, files: Files, faults: string[]][] = [
    [
      'a package that no index has',
      { 'requirements.txt': '# nothing but\n--no-index\nno-such-package\n' },
      [
        'requirements.txt:3: there is no package no-such-package for Python 3.11 | mend its name, or name the index that has it by --index-url',
      ],
    ],
    [
      'neither Django nor the server, before anything is installed',
      {
        'requirements.txt': '--no-index\n./own-1-py3-none-any.whl\n',
        'own-1-py3-none-any.whl': wheel(),
      },
      [
        'requirements.txt: django is not among the packages that these requirements come to | add a line "django"',
        'requirements.txt: gunicorn is not among the packages that these requirements come to | add a line "gunicorn"',
      ],
    ],
  ];
  test.each(rows)('%s', async (_, files, faults) => {
    expect(await told(await commit(files))).toEqual(faults);
  });
});

describe('settings that cannot be used in the runner', () => {
  const production = (lines: string): Files => ({
    'shop/settings/production.py': `import os\nfrom .base import *\nSECRET_KEY = os.environ["SECRET_KEY"]\n${lines}`,
  });
  const ADD_STATIC =
    'add STATIC_ROOT = BASE_DIR / "staticfiles" to the settings (or take django.contrib.staticfiles out of INSTALLED_APPS)';
  const OWN_STATIC =
    'set STATIC_ROOT = BASE_DIR / "staticfiles": each release carries its own static files, and the web server serves them from there';
  const rows: [name: string, files: Files, config: string | undefined, fault: string, output: string | undefined][] = [
    [
      'variables that are missing, all named',
      production('DATABASES = {\n    "default": {"PASSWORD": os.environ["DB_PASSWORD"]},\n}\n'),
      'django: { settings: shop.settings.production }\n',
      "shop/settings/production.py:3: shop.settings.production needs the variables SECRET_KEY, DB_PASSWORD, which are not set in the runner (KeyError: 'SECRET_KEY') | give them by the env input of the workflow; or, where the host's shared/.env has them, which the runner never sees, add to graceful.yml: build-env: { SECRET_KEY: build, DB_PASSWORD: build } (any value that lets the settings load)",
      "KeyError: 'SECRET_KEY'",
    ],
    [
      'a package that is missing',
      production('import nowhere_at_all\n'),
      undefined,
      "shop/settings/production.py:4: shop.settings.production could not be loaded in the runner: ModuleNotFoundError: No module named 'nowhere_at_all' | add the package of nowhere_at_all to the requirements, or mend the import",
      "ModuleNotFoundError: No module named 'nowhere_at_all'",
    ],
    [
      'STATIC_ROOT unset',
      production('STATIC_ROOT = None\n'),
      undefined,
      `shop/settings/production.py:4: STATIC_ROOT is not set in shop.settings.production | ${ADD_STATIC}`,
      undefined,
    ],
    [
      'STATIC_ROOT outside of the project',
      production('STATIC_ROOT = "/var/www/static"\n'),
      undefined,
      `shop/settings/production.py:4: STATIC_ROOT in shop.settings.production is /var/www/static, which is not a folder inside the project's code | ${OWN_STATIC}`,
      undefined,
    ],
    [
      'an application in no package',
      production(''),
      'django: { settings: shop.settings.production, application: shpo.wsgi:application }\nbuild-env: { SECRET_KEY: build }\n',
      'the application shpo.wsgi:application is neither in the commit nor in a package | name the right one by django: { application: PACKAGE.wsgi:application } in graceful.yml, or add its package to the requirements',
      undefined,
    ],
  ];
  test.each(rows)('%s', async (_, files, config, fault, output) => {
    const step = await commit(files, config);
    const done = await stepHere(step);
    expect(faultsOf(done, step.workspace)).toEqual([fault]);
    if (output !== undefined) expect(done.log).toContain(`    ${output}\n`);
  });
});

test('the Action itself: a commit that cannot be built, told by dist as by the sources', async () => {
  const step = await commit({ 'manage.py': null, 'requirements.txt': '-r base.txt\n' });
  const [spawned, here] = [await runStep(step), await stepHere(step)];
  expect(annotations(spawned.log)).toEqual(annotations(here.log));
  expect(faultsOf(spawned, step.workspace)).toHaveLength(2);
});

/** The smallest package that an installer takes. */
function wheel(): Uint8Array {
  const files = {
    'own.py': '',
    'own-1.dist-info/METADATA': 'Metadata-Version: 2.1\nName: own\nVersion: 1\n',
    'own-1.dist-info/WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    'own-1.dist-info/RECORD': '',
  };
  return zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])));
}

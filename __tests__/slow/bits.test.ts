import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { readArtifact, writeArtifact } from '../../src/artifact/folder.ts';
import { manifestOf } from '../../src/build/manifest.ts';
import type { StepResult } from '../../testbed/runner.ts';
import { runStep } from '../../testbed/runner.ts';
import { openScene, type Scene, SECRET } from '../../testbed/scene.ts';
import { git, scratchFolder, writeFiles } from '../build.fixtures.ts';

/**
 * Built once: an artifact that another job deploys, and the bits of one stage on the next. Assets that npm makes, django-compressor's and
 * WhiteNoise's.
 */

let staging: Scene;
let production: Scene;
let commit: string;

const PRODUCTION = (
  await readFile(join(import.meta.dirname, '../../examples/shop/shop/settings/production.py'), 'utf8')
)
  .replace(
    'django.contrib.staticfiles.storage.ManifestStaticFilesStorage',
    'whitenoise.storage.CompressedManifestStaticFilesStorage',
  )
  .concat(
    `
INSTALLED_APPS = [*INSTALLED_APPS, "compressor"]  # noqa: F405
MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware", *MIDDLEWARE]  # noqa: F405
STATICFILES_DIRS = [BASE_DIR / "frontend" / "dist"]  # noqa: F405
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "compressor.finders.CompressorFinder",
]
COMPRESS_ENABLED = True
COMPRESS_OFFLINE = True
COMPRESS_STORAGE = "compressor.storage.CompressorFileStorage"
`,
  );

/** The site whose assets are made in three ways. */
const FILES = {
  'shop/settings/production.py': PRODUCTION,
  'frontend/package.json': JSON.stringify({
    name: 'frontend',
    version: '1.0.0',
    private: true,
    scripts: { build: 'node make.js' },
    dependencies: { nanoid: 'file:./local' },
  }),
  'frontend/local/package.json': JSON.stringify({ name: 'nanoid', version: '1.0.0', main: 'index.js' }),
  'frontend/local/index.js': 'module.exports = "made by npm";\n',
  'frontend/make.js':
    'const fs = require("fs"); fs.mkdirSync("dist/app", {recursive: true}); fs.writeFileSync("dist/app/bundle.js", "// " + require("nanoid") + "\\n");\n',
  'orders/templates/orders/extra.html':
    '{% load compress %}{% compress css inline %}<style>p { color: red }</style>{% endcompress %}{% compress css %}<style>p { color: blue }</style>{% endcompress %}\n',
};

const CONFIG = {
  hooks: { build: 'cd frontend && npm install --no-audit --no-fund && npm run build', outputs: ['frontend/dist'] },
  static: { commands: ['compress --force'], hashed: ['/CACHE/'] },
};

const settings = await scratchFolder();

beforeAll(async () => {
  // The settings come from a repository of their own.
  await writeFiles(settings.path, { '__init__.py': '', 'live.py': 'from shop.settings.production import *\n' });
  git(settings.path, 'init', '--quiet', '--initial-branch=main');
  git(settings.path, 'add', '.');
  git(settings.path, 'commit', '--quiet', '--message', 'settings');
  const config = {
    ...CONFIG,
    migrate: true,
    django: { settings: 'settings_of_site.live' },
    'config-repository': { path: settings.path, folder: 'settings_of_site' },
  };
  [staging, production] = await Promise.all([openScene(config), openScene()]);
  const requirements = await readFile(join(import.meta.dirname, '../../examples/shop/requirements.txt'), 'utf8');
  commit = await staging.repo.commit({
    version: '1',
    files: { ...FILES, 'requirements.txt': `${requirements.trimEnd()}\nwhitenoise\ndjango-compressor\n` },
  });
  // Two stages, each on a host of its own.
  const file = join(staging.repo.path, 'graceful.yml');
  const yaml = parse(await readFile(file, 'utf8'));
  yaml.stages = {
    staging: { ...yaml.stages.staging },
    production: {
      ...yaml.stages.staging,
      branch: 'live',
      host: production.host.address,
      url: `http://${production.host.address}`,
      env: { DJANGO_LOG_LEVEL: 'warning' },
    },
  };
  await writeFile(file, stringify(yaml));
  await staging.repo.git('commit', '--quiet', '--all', '--amend', '--no-edit');
  commit = await staging.repo.git('rev-parse', 'HEAD');
});

afterAll(() =>
  Promise.all([staging?.[Symbol.asyncDispose](), production?.[Symbol.asyncDispose](), settings[Symbol.asyncDispose]()]),
);

/** Both hosts take the key of either in this test. */
function step(inputs: Readonly<Record<string, string>>, workspace = staging.repo.path): Promise<StepResult> {
  const known = `${staging.host.knownHosts}${production.host.knownHosts}`;
  return runStep({
    workspace,
    inputs: { 'ssh-key': staging.host.privateKey, 'known-hosts': known, env: SECRET, ...inputs },
  });
}

/** `release.json` of what is live. */
async function liveSpec(scene: Scene): Promise<{ trees: object; env: { hash: string }; build: object }> {
  return JSON.parse(await scene.host.readFile(`${scene.site.root}/current/release.json`));
}

test('an artifact of one job is deployed by another: nothing is built there, and what it holds serves', async () => {
  await using scratch = await scratchFolder();
  const made = await step({ command: 'build', stage: 'staging', artifact: 'made' });
  expect(made, made.log).toMatchObject({ code: 0, outputs: { commit, artifact: join(staging.repo.path, 'made') } });
  const other = join(scratch.path, 'other job');
  await cp(join(staging.repo.path, 'made'), join(other, 'made'), { recursive: true });
  await rm(join(staging.repo.path, 'made'), { recursive: true });
  await cp(join(staging.repo.path, 'graceful.yml'), join(other, 'graceful.yml'));
  const planned = await step({ command: 'plan', stage: 'staging', artifact: 'made' }, other);
  expect(planned, planned.log).toMatchObject({ code: 0, outputs: { result: 'planned' } });
  // The bits of an artifact can be asked for their migrations too.
  expect(planned.outputs['plan']).toContain('"name":"orders.0001_initial"');
  const run = await step({ stage: 'staging', artifact: 'made' }, other);
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', commit } });
  expect(run.log).not.toMatch(/resolving|collecting|hooks\.build|installing/);
  // What npm made, through Django's finders, with a hash and compressed; and what compress made.
  const names = JSON.parse(await staging.host.readFile(`${staging.site.root}/current/static/staticfiles.json`));
  const bundle = names.paths['app/bundle.js'];
  expect(bundle).toMatch(/^app\/bundle\.[0-9a-f]{12}\.js$/);
  expect(await staging.visit(`/static/${bundle}`)).toMatchObject({ status: 200, body: '// made by npm\n' });
  const spec = JSON.parse(await staging.host.readFile(`${staging.site.root}/current/release.json`));
  const [cached] = spec.static.hashed.filter((path: string) => path.endsWith('.css'));
  expect(cached).toMatch(/^CACHE\/css\/output\.[0-9a-f]+\.css$/);
  expect(await staging.visit(`/static/${cached}`)).toMatchObject({ status: 200 });
  expect(await staging.host.readFile(`${staging.site.root}/assets/${cached}`)).toContain('blue');
  expect(spec.config).toMatchObject({ commit: git(settings.path, 'rev-parse', 'HEAD'), folder: 'settings_of_site' });
  expect(await staging.host.readFile(`${staging.site.root}/current/code/settings_of_site/live.py`)).toContain('import');
  // The same artifact once more changes nothing.
  const again = await step({ stage: 'staging', artifact: 'made' }, other);
  expect(again, again.log).toMatchObject({ code: 0, outputs: { result: 'unchanged' } });
});

test('a damaged artifact is refused before a host is asked', async () => {
  await using scratch = await scratchFolder();
  const folder = join(scratch.path, 'made');
  const made = await step({ command: 'build', stage: 'staging', artifact: folder });
  expect(made, made.log).toMatchObject({ code: 0 });
  const pack = await readFile(join(folder, 'code.pack'));
  pack.writeUInt8((pack.at(-10) ?? 0) ^ 1, pack.length - 10);
  await writeFile(join(folder, 'code.pack'), pack);
  const before = await staging.journal();
  const run = await step({ stage: 'staging', artifact: folder });
  expect(run.code, run.log).toBe(1);
  expect(run.log).toContain('is damaged');
  expect(await staging.journal()).toEqual(before);
});

test('promote puts the very bits of staging live on production, with production’s own settings', async () => {
  // The key of the one host opens the other too.
  const home = `/home/${production.host.deployUser}/.ssh/authorized_keys`;
  const mine = (await staging.host.readFile(`/home/${staging.host.deployUser}/.ssh/authorized_keys`)).trim();
  await production.host.writeFile(home, `${(await production.host.readFile(home)).trim()}\n${mine}\n`, {
    owner: 'deploy',
    group: 'deploy',
    mode: '0600',
  });
  const journal = await staging.journal();
  const planned = await step({ command: 'promote', from: 'staging', to: 'production', plan: 'true' });
  expect(planned, planned.log).toMatchObject({ code: 0, outputs: { result: 'planned', release: '' } });
  expect(planned.log).toContain(
    `A promote would put ${commit.slice(0, 7)} live on shop (production). Nothing was changed.`,
  );
  expect(await staging.journal()).toEqual(journal);
  expect((await production.host.exec(['test', '-e', `${production.site.root}/bin/graceful`])).code).toBe(1);
  const run = await step({ command: 'promote', from: 'staging', to: 'production' });
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', commit } });
  expect(run.log).not.toMatch(/resolving|collecting|hooks\.build|installing/);
  const [theirs, ours] = [await liveSpec(staging), await liveSpec(production)];
  expect([ours.trees, ours.env, ours.build]).toEqual([theirs.trees, theirs.env, theirs.build]);
  expect(await production.visit('/healthz')).toMatchObject({ status: 200 });
  const env = JSON.parse(await production.host.readFile(`${production.site.root}/current/env`));
  expect(env).toMatchObject({ DJANGO_LOG_LEVEL: 'warning' });
  const again = await step({ command: 'promote', from: 'staging', to: 'production' });
  expect(again, again.log).toMatchObject({ code: 0, outputs: { result: 'unchanged' } });
});

test('an environment that the host has by this name is what the release names, and what is promoted', async () => {
  await using scratch = await scratchFolder();
  const folder = join(scratch.path, 'made');
  const made = await step({ command: 'build', stage: 'staging', artifact: folder });
  expect(made, made.log).toMatchObject({ code: 0 });
  // As another runner would have made it: the same packages in other bytes.
  const into = join(scratch.path, 'into');
  await mkdir(into);
  const { build, trees } = await readArtifact(folder, into);
  const others = await Promise.all(
    trees.map(async ({ kind, tree }) => {
      if (kind !== 'env') return { kind, tree };
      await writeFile(join(tree.folder, 'lib', 'elsewhere.py'), '# made elsewhere\n');
      return { kind, tree: await manifestOf(tree.folder, 'it') };
    }),
  );
  const digest = others.find(({ kind }) => kind === 'env')?.tree.manifest.digest ?? '';
  expect(digest).not.toBe(build.env.digest);
  await writeArtifact(folder, { build: { ...build, env: { ...build.env, digest } }, trees: others });
  const run = await step({ stage: 'staging', artifact: folder });
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', commit } });
  expect(await liveSpec(staging)).toMatchObject({ build: { env: { hash: build.env.hash, digest: build.env.digest } } });
  const refused = await step({ command: 'promote', from: 'staging', to: 'production', artifact: folder });
  expect(refused.code, refused.log).toBe(1);
  expect(refused.log).toContain('which is live on staging: env differ');
  const promoted = await step({ command: 'promote', from: 'staging', to: 'production', force: 'true' });
  expect(promoted, promoted.log).toMatchObject({ code: 0, outputs: { result: 'live', commit } });
  expect((await liveSpec(production)).build).toEqual((await liveSpec(staging)).build);
});

test('promote refuses an artifact that is not what is live on staging', async () => {
  await using scratch = await scratchFolder();
  const folder = join(scratch.path, 'made');
  await staging.repo.git('commit', '--quiet', '--allow-empty', '--message', 'the same files');
  await writeFile(join(staging.repo.path, 'orders', 'new.py'), 'x = 1\n');
  await staging.repo.git('add', '--all');
  await staging.repo.git('commit', '--quiet', '--message', 'another file');
  const made = await step({ command: 'build', stage: 'staging', artifact: folder });
  expect(made, made.log).toMatchObject({ code: 0 });
  const before = await production.journal();
  const run = await step({ command: 'promote', from: 'staging', to: 'production', artifact: folder });
  expect(run.code, run.log).toBe(1);
  expect(run.log).toMatch(/is not [0-9TZ]+-[0-9a-f]{7}, which is live on staging: code differ/);
  expect(await production.journal()).toEqual(before);
});

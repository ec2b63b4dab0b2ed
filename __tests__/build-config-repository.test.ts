import { chmod, mkdtemp, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BuildError } from '../src/build/errors.ts';
import { runHook } from '../src/build/hook.ts';
import { manifestOf } from '../src/build/manifest.ts';
import { addConfig, type ConfigTree } from '../src/build/source/config-repository.ts';
import { exportSource, type Source } from '../src/build/source/source.ts';
import type { Stage } from '../src/config/types.ts';
import { git, type Scratch, scratchFolder, thisPython, writeFiles } from './build.fixtures.ts';

let scratch: Scratch;
let workspace: string;
/** The configuration's own repository: a branch `berlin` beside `main`. */
let config: string;
let commits: { main: string; berlin: string };

async function commit(folder: string, files: Record<string, string>): Promise<string> {
  await writeFiles(folder, files);
  git(folder, 'add', '.');
  git(folder, 'commit', '-q', '-m', 'one');
  return git(folder, 'rev-parse', 'HEAD');
}

beforeAll(async () => {
  scratch = await scratchFolder();
  [workspace, config] = [join(scratch.path, 'work'), join(scratch.path, 'config')];
  for (const folder of [workspace, config]) {
    await writeFiles(folder, { '.gitignore': 'ignored\n' });
    git(folder, 'init', '-q', '-b', 'main');
  }
  await commit(workspace, { 'manage.py': 'x', 'docs/plan.md': 'x' });
  const main = await commit(config, { 'settings.py': 'NAME = "main"\n' });
  git(config, 'checkout', '-q', '-b', 'berlin');
  const berlin = await commit(config, { 'settings.py': 'NAME = "berlin"\n' });
  git(config, 'checkout', '-q', 'main');
  commits = { main, berlin };
});

afterAll(() => scratch[Symbol.asyncDispose]());

async function added(
  repository: Partial<NonNullable<Stage['configRepository']>>,
  token?: string,
): Promise<{ source: Source; made: ConfigTree; into: string }> {
  const into = await mkdtemp(join(scratch.path, 'run-'));
  const source = await exportSource({ workspace, scratch: into });
  const made = await addConfig({
    workspace,
    scratch: into,
    source,
    repository: { path: undefined, url: undefined, ref: undefined, folder: 'config', ...repository },
    token,
  });
  return { source, made, into };
}

async function refusal(promise: Promise<unknown>): Promise<BuildError> {
  const thrown = await promise.catch((error: unknown) => error);
  if (thrown instanceof BuildError) return thrown;
  throw new Error('it should have been refused', { cause: thrown });
}

test('a checkout beside the site: its commit is a tree of its own, which the code finds in its place', async () => {
  const { source, made } = await added({ path: '../config', folder: 'shop/site' });
  expect(made).toMatchObject({ commit: commits.main, ref: commits.main, folder: 'shop/site' });
  expect(made.tree.manifest.entries.map(({ path }) => path)).toEqual(['.gitignore', 'settings.py']);
  expect(await readFile(join(source.tree.folder, 'shop/site/settings.py'), 'utf8')).toBe('NAME = "main"\n');
  expect(source.tree.manifest.entries.map(({ path }) => path)).toEqual(['.gitignore', 'docs/plan.md', 'manage.py']);
  const named = await added({ path: '../config', ref: 'berlin' });
  expect(named.made).toMatchObject({ commit: commits.berlin, ref: 'berlin', folder: 'config' });
  expect(named.made.tree.manifest.digest).not.toBe(made.tree.manifest.digest);
});

test('a branch that a clone has only as its origin has it', async () => {
  const folder = join(scratch.path, 'cloned');
  git(scratch.path, 'clone', '--quiet', `file://${config}`, folder);
  const { made } = await added({ path: '../cloned', ref: 'berlin' });
  expect(made).toMatchObject({ commit: commits.berlin, ref: 'berlin' });
  expect((await added({ path: '../cloned' })).made.commit).toBe(commits.main);
  expect((await refusal(added({ path: '../cloned', ref: 'paris' }))).message).toMatch(/cloned has no paris$/);
});

test('an address is fetched by git, at a branch', async () => {
  const { made } = await added({ url: `file://${config}`, ref: 'berlin' }, 'a token that file has no use for');
  expect(made).toMatchObject({ commit: commits.berlin, ref: 'berlin' });
  expect(await readFile(join(made.tree.folder, 'settings.py'), 'utf8')).toBe('NAME = "berlin"\n');
  expect((await added({ url: `file://${config}` })).made.commit).toBe(commits.main);
});

test('outputs of a hook are in the code, the configuration is not', async () => {
  const { source, made, into } = await added({ path: '../config' });
  const env = join(into, 'env');
  await writeFiles(env, { 'bin/tool': '', 'lib/x': '' });
  const code = await runHook({
    source,
    match: await thisPython(),
    env: { tree: await manifestOf(env, 'the environment') },
    stage: { name: 'x', hooks: { build: 'cat config/settings.py > made.txt', outputs: ['made.txt'] }, buildEnv: {} },
    scratch: into,
    apart: made.folder,
    secrets: [],
  });
  expect(await readFile(join(code.folder, 'made.txt'), 'utf8')).toBe('NAME = "main"\n');
  expect(await readFile(join(code.folder, 'config/settings.py'), 'utf8')).toBe('NAME = "main"\n');
  expect(code.manifest.entries.map(({ path }) => path)).toEqual([
    '.gitignore',
    'docs/plan.md',
    'made.txt',
    'manage.py',
  ]);
});

test('what cannot be had, or is in the way, is told', async () => {
  expect((await refusal(added({ path: '../nothing' }))).message).toMatch(/^there is no folder .*nothing \(config-rep/);
  expect((await refusal(added({ path: 'docs' }))).message).toMatch(
    /docs \(config-repository.path\) is no git checkout/,
  );
  expect((await refusal(added({ path: '../config', ref: 'paris' }))).message).toMatch(/config has no paris$/);
  expect((await refusal(added({ path: '../config', folder: 'docs' }))).message).toBe(
    'config-repository is to appear as docs, and the commit has docs/plan.md',
  );
});

test('a token is in no argv and in no error', async () => {
  // Stands before git on PATH and shows what it is given.
  const bin = join(scratch.path, 'bin');
  await writeFiles(bin, { git: '#!/bin/sh\necho "argv: $*" >&2\n"$GIT_ASKPASS" "Password for x" >&2\nexit 128\n' });
  await chmod(join(bin, 'git'), 0o755);
  const into = await mkdtemp(join(scratch.path, 'run-'));
  const source = await exportSource({ workspace, scratch: into });
  const path = process.env['PATH'];
  // Only for what is fetched: the real one makes the folder.
  await rename(join(bin, 'git'), join(bin, 'fetching'));
  await writeFiles(bin, {
    git: `#!/bin/sh\ncase " $* " in *" fetch "*) exec "${join(bin, 'fetching')}" "$@" ;; esac\nPATH='${path}' exec git "$@"\n`,
  });
  await chmod(join(bin, 'git'), 0o755);
  process.env['PATH'] = `${bin}:${path}`;
  try {
    const url = 'https://git.example.org/acme/config.git';
    const repository = { path: undefined, url, ref: 'main', folder: 'config' };
    const refused = await refusal(
      addConfig({ workspace, scratch: into, source, repository, token: 'token-of-nobody-else' }),
    );
    expect(refused.message).toBe(`the configuration repository ${url} could not be fetched (main)`);
    expect(refused.output[0]).toMatch(/^argv: .* fetch --quiet --depth=1 --no-tags -- https:\/\/git\.example\.org/);
    // The token was there for git to ask for.
    expect(refused.output[1]).toBe('***');
    expect(JSON.stringify([refused.message, refused.output, refused.mend])).not.toContain('token-of-nobody-else');
  } finally {
    process.env['PATH'] = path;
  }
});

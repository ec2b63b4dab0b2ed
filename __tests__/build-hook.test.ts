import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BuildError, BuildErrors } from '../src/build/errors.ts';
import { runHook } from '../src/build/hook.ts';
import { manifestOf, type Tree } from '../src/build/manifest.ts';
import type { Match } from '../src/build/python.ts';
import { type Scratch, scratchFolder, thisPython, writeFiles } from './build.fixtures.ts';

let scratch: Scratch;
let match: Match;
let source: Tree;
let env: Tree;

beforeAll(async () => {
  scratch = await scratchFolder();
  match = await thisPython();
  const [code, made] = [join(scratch.path, 'code'), join(scratch.path, 'env')];
  await writeFiles(code, { 'manage.py': 'x', 'dist/old.js': 'committed', 'src/app.js': 'app' });
  await mkdir(join(made, 'bin'), { recursive: true });
  await mkdir(join(made, 'lib'));
  source = await manifestOf(code, 'the source tree');
  env = await manifestOf(made, 'the environment');
});

afterAll(() => scratch[Symbol.asyncDispose]());

let count = 0;

/** Runs a hook for the source. */
async function hook(build: string | undefined, outputs: string[], log?: string[]): Promise<Tree> {
  const folder = join(scratch.path, `run-${count++}`);
  await mkdir(folder);
  try {
    return await runHook({
      source: { tree: source, commit: 'c'.repeat(40), committedAt: 1_700_000_000 },
      match,
      env: { tree: env },
      stage: { name: 'staging', hooks: { build, outputs }, buildEnv: { GREETING: 'hello' } },
      scratch: folder,
      secrets: ['hunter2'],
      log: (line) => log?.push(line),
    });
  } finally {
    expect((await manifestOf(source.folder, 'it')).manifest).toEqual(source.manifest);
    expect(await readdir(folder)).not.toContain('.git');
  }
}

async function refusals(promise: Promise<unknown>): Promise<readonly BuildError[]> {
  const thrown = await promise.catch((error: unknown) => error);
  if (thrown instanceof BuildErrors) return thrown.errors;
  if (thrown instanceof BuildError) return [thrown];
  throw new Error('it should have been refused', { cause: thrown });
}

const paths = (tree: Tree) => tree.manifest.entries.map(({ path }) => path);

test('without a hook the code is the source', async () => {
  expect(await hook(undefined, [])).toBe(source);
});

test('outputs come into the code, and nothing else that the hook makes', async () => {
  const log: string[] = [];
  const tree = await hook(
    'mkdir -p node_modules dist other/deep && cp src/app.js dist/app.js && echo x > other/deep/one && echo y > stray && echo done',
    ['dist', 'other/deep/one'],
    log,
  );
  expect(paths(tree)).toEqual(['dist/app.js', 'manage.py', 'other/deep/one', 'src/app.js']);
  expect(log.slice(-1)).toEqual(['  done']);
});

test('it sees build-env, the commit and the Python of the site, and nothing of the Action itself', async () => {
  process.env['INPUT_SSH-KEY'] = 'never';
  process.env['ACTIONS_RUNTIME_TOKEN'] = 'never';
  process.env['GRACEFUL_SSH_KEY'] = 'never';
  process.env['NODE_AUTH_TOKEN'] = 'of the step';
  try {
    const tree = await hook('env > dist.txt; command -v python >> dist.txt', ['dist.txt']);
    const seen = await readFile(join(tree.folder, 'dist.txt'), 'utf8');
    expect(seen).toContain('\nGREETING=hello\n');
    expect(seen).toContain(`\nGRACEFUL_COMMIT=${'c'.repeat(40)}\n`);
    expect(seen).toContain('\nSOURCE_DATE_EPOCH=1700000000\n');
    expect(seen).toContain('\nNODE_AUTH_TOKEN=of the step\n');
    expect(seen).not.toContain('never');
    expect(seen.trimEnd().split('\n').at(-1)).toMatch(/overlay-\w+\/bin\/python$/);
  } finally {
    for (const name of ['INPUT_SSH-KEY', 'ACTIONS_RUNTIME_TOKEN', 'GRACEFUL_SSH_KEY', 'NODE_AUTH_TOKEN'])
      delete process.env[name];
  }
});

test('a hook that fails shows its output, with no secret in it', async () => {
  const [refused] = await refusals(hook('echo working on hunter2; no-such-program; echo never', ['dist']));
  expect(refused?.message).toBe(
    'hooks.build (echo working on ***; no-such-program; echo never) ended with exit status 127',
  );
  expect(refused?.output).toEqual(['working on ***', expect.stringContaining('no-such-program')]);
  expect(refused?.mend).toContain('in a copy of the commit');
});

test('each output that was not made is told, also where something of that name was committed', async () => {
  const refused = await refusals(hook('mkdir -p empty', ['dist', 'empty', 'other/file.js']));
  expect(refused.map(({ message }) => message)).toEqual(
    ['dist', 'empty', 'other/file.js'].map(
      (output) => `hooks.build (mkdir -p empty) did not make ${output}, which hooks.outputs names`,
    ),
  );
});

test('an output that leads out of the code is refused', async () => {
  await symlink('/etc', join(scratch.path, 'etc')).catch(() => undefined);
  const [refused] = await refusals(hook('mkdir dist; ln -s /etc/passwd dist/link', ['dist']));
  expect(refused?.message).toContain('the symbolic link dist/link leads out of it');
});

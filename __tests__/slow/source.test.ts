/** What a commit consists of besides its own files, on a booted host; and artifacts that do not fit it. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { findPythons } from '../../src/build/find-pythons.ts';
import type { StepResult } from '../../testbed/runner.ts';
import { openScene, type Scene } from '../../testbed/scene.ts';
import { git, type Scratch, scratchFolder, writeFiles } from '../build.fixtures.ts';
import { faultsOfStep } from '../fixtures/wrong/faults.ts';

const AS_IT_WAS = 'The site is as it was.';

let scene: Scene;
let scratch: Scratch;

beforeAll(async () => {
  scratch = await scratchFolder();
  scene = await openScene();
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await scratch?.[Symbol.asyncDispose]();
});

function isLive(run: StepResult): void {
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
}

async function refused(run: StepResult): Promise<string[]> {
  expect(run, run.log).toMatchObject({ code: 1 });
  return faultsOfStep(run, AS_IT_WAS);
}

const onHost = (path: string): Promise<string> => scene.host.readFile(`${scene.site.root}/current/code/${path}`);

test('a submodule is deployed at its commit, and told where it was not fetched', async () => {
  const library = join(scratch.path, 'library');
  await writeFiles(library, { '__init__.py': 'WORDS = "from a submodule"\n' });
  git(library, 'init', '--quiet');
  git(library, 'add', '--all');
  git(library, 'commit', '--quiet', '--message', 'Greet');
  const { repo } = scene;
  const with_ = 'from greetings import WORDS  # noqa: F401\n';
  await repo.commit({ files: { 'orders/greeting.py': with_ } });
  git(repo.path, 'submodule', '--quiet', 'add', library, 'greetings');
  git(repo.path, 'commit', '--quiet', '--message', 'With a submodule');
  isLive(await scene.deploy());
  expect(await onHost('greetings/__init__.py')).toContain('from a submodule');
  const argv = [
    `${scene.site.root}/bin/graceful`,
    'manage',
    'shell',
    '-c',
    'import orders.greeting as g; print(g.WORDS)',
  ];
  expect(await scene.host.must(argv, { user: scene.host.deployUser })).toContain('from a submodule');

  git(repo.path, 'submodule', '--quiet', 'deinit', '--force', 'greetings');
  expect(await refused(await scene.deploy())).toEqual([
    expect.stringMatching(
      /^\.gitmodules: the git submodule greetings is empty in this checkout \| fetch it: actions\/checkout with "submodules: true"/,
    ),
  ]);
});

test('a file that git LFS keeps is deployed with its content, and told where that was not fetched', async () => {
  const { repo } = scene;
  const content = 'a large file\n'.repeat(10_000);
  const oid = createHash('sha256').update(content).digest('hex');
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`;
  await repo.commit({ files: { '.gitattributes': '*.bin filter=lfs -text\n', 'orders/model.bin': pointer } });
  expect(await refused(await scene.deploy())).toEqual([
    expect.stringMatching(
      /^orders\/model\.bin: the content of files that git LFS keeps was not fetched: orders\/model\.bin \| fetch it: actions\/checkout with "lfs: true"/,
    ),
  ]);
  // Where git-lfs puts what it fetches.
  const store = `.git/lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`;
  await writeFiles(repo.path, { [store]: content });
  isLive(await scene.deploy());
  expect(await onHost('orders/model.bin')).toBe(content);
});

test('an artifact for another Python than the host has, or of another site, is refused with all that does not fit', async () => {
  const minor = (await findPythons()).find((python) => ['3.12', '3.13'].includes(python.minor))?.minor;
  if (minor === undefined) throw new Error('this test needs a Python 3.12 or 3.13 besides that of Debian 12');
  await scene.repo.commit({ version: '2', config: { python: { version: minor } } });
  const artifact = join(scratch.path, 'made');
  // Without a key the host is not asked.
  const inputs = { command: 'build', artifact, 'ssh-key': '', 'known-hosts': '' };
  const made = await scene.deploy({ inputs });
  expect(made, made.log).toMatchObject({ code: 0 });
  const { python: _, ...own } = parse(await scene.repo.git('show', 'HEAD:graceful.yml'));
  /** From a job that has no more than a graceful.yml. */
  const deployed = async (config: Record<string, unknown>): Promise<StepResult> => {
    const workspace = join(scratch.path, 'job');
    await writeFiles(workspace, { 'graceful.yml': stringify({ ...own, ...config }) });
    return await scene.deploy({ workspace, inputs: { artifact } });
  };
  const before = await scene.journal();
  const lacks = `the artifact ../made is made for Python ${minor}, and host ${scene.host.name} has 3.11 | build it with python: { version: "3.11" } in graceful.yml, or install Python ${minor} on the host`;
  expect(await refused(await deployed({}))).toEqual([lacks]);
  expect(await refused(await deployed({ python: { version: '3.9' } }))).toEqual([
    `the artifact ../made is made for Python ${minor}, and graceful.yml names 3.9 (python.version) | build it with the same python.version, or leave that out for this stage`,
    lacks,
  ]);
  expect(await refused(await deployed({ django: { settings: 'blog.settings' } }))).toEqual([
    expect.stringContaining('the settings module blog.settings is not in the commit'),
  ]);
  expect(await scene.journal()).toEqual(before);
});

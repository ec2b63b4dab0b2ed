import { chmod, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { assertFits } from '../src/artifact/fits.ts';
import { type Artifact, assertFree, readArtifact, writeArtifact } from '../src/artifact/folder.ts';
import { unpack } from '../src/artifact/unpack.ts';
import { BuildError, BuildErrors } from '../src/build/errors.ts';
import { manifestFrom, manifestOf } from '../src/build/manifest.ts';
import type { BuildSpec } from '../src/protocol/messages.ts';
import { hostFacts, scratchFolder, writeFiles } from './build.fixtures.ts';

const TARGET = {
  minor: '3.11',
  abi: 'cpython-311-x86_64-linux-gnu',
  machine: 'x86_64',
  libc: 'glibc',
  libcVersion: '2.36',
} as const;
const HASH = 'a'.repeat(64);

/** Something as a build leaves it, in three folders. */
async function built(folder: string): Promise<Artifact> {
  const at = { code: join(folder, 'code'), static: join(folder, 'static'), env: join(folder, 'env') };
  await writeFiles(at.code, { 'manage.py': 'run', 'shop/a.py': 'same', 'shop/b.py': 'same', 'shop/empty.py': '' });
  await chmod(join(at.code, 'manage.py'), 0o755);
  await symlink('a.py', join(at.code, 'shop', 'link.py'));
  await writeFiles(at.static, { 'a.css': 'same' });
  await writeFiles(at.env, { 'lib/python3.11/site-packages/big.py': 'line\n'.repeat(300_000) });
  const [code, files, env] = await Promise.all([at.code, at.static, at.env].map((each) => manifestOf(each, 'it')));
  if (!code || !files || !env) throw new Error('three trees were made');
  const build: BuildSpec = {
    format: 1,
    commit: 'c'.repeat(40),
    ref: 'main',
    source: code.manifest.digest,
    trees: { code: code.manifest.digest, static: files.manifest.digest, config: null },
    config: null,
    static: { root: 'staticfiles', url: '/static/', hashed: [] },
    env: {
      hash: HASH,
      digest: env.manifest.digest,
      inputs: HASH,
      requirements: 'django==5.2\n',
      packages: [{ name: 'django', version: '5.2' }],
      wheels: [{ name: 'Django', version: '5.2', tags: ['py3-none-any'] }],
      builtOn: { name: 'glibc', version: '2.36' },
    },
    target: TARGET,
  };
  const trees = [
    { kind: 'code' as const, tree: code },
    { kind: 'static' as const, tree: files },
    { kind: 'env' as const, tree: env },
  ];
  return { build, trees };
}

async function refusal(promise: Promise<unknown>): Promise<BuildError> {
  const thrown = await promise.catch((error: unknown) => error);
  if (thrown instanceof BuildError) return thrown;
  throw new Error('it should have been refused', { cause: thrown });
}

test('what was left is what is read, in another folder, with modes and links; an older artifact gives way', async () => {
  await using scratch = await scratchFolder();
  const artifact = await built(join(scratch.path, 'made'));
  const folder = join(scratch.path, 'handed', 'over');
  await writeFiles(folder, { 'artifact.json': '{}', 'old.pack': 'old' });
  await writeArtifact(folder, artifact);
  expect((await readdir(folder)).toSorted()).toEqual(['artifact.json', 'code.pack', 'env.pack', 'static.pack']);
  expect(await readdir(join(scratch.path, 'handed'))).toEqual(['over']);
  // Uploading and downloading loses the modes of files.
  for (const name of await readdir(folder)) await chmod(join(folder, name), 0o444);
  const into = join(scratch.path, 'into');
  await mkdir(into);
  const read = await readArtifact(folder, into);
  expect(read.build).toEqual(artifact.build);
  expect(read.trees.map(({ kind, tree }) => [kind, tree.manifest])).toEqual(
    artifact.trees.map(({ kind, tree }) => [kind, tree.manifest]),
  );
  for (const { tree } of read.trees) expect((await manifestOf(tree.folder, 'it')).manifest).toEqual(tree.manifest);
});

test('what is damaged, another, or none is refused', async () => {
  await using scratch = await scratchFolder();
  const whole = join(scratch.path, 'whole');
  await writeArtifact(whole, await built(join(scratch.path, 'made')));
  let count = 0;
  const reading = async (change: (folder: string) => Promise<unknown>) => {
    const folder = join(scratch.path, `changed-${count++}`);
    await cp(whole, folder, { recursive: true });
    await change(folder);
    await mkdir(`${folder}-into`);
    return (await refusal(readArtifact(folder, `${folder}-into`))).message.replaceAll(folder, 'X');
  };
  const changed = (name: string, change: (content: Buffer) => Buffer) => async (folder: string) =>
    writeFile(join(folder, name), change(await readFile(join(folder, name))));
  const text = (from: string, to: string) =>
    changed('artifact.json', (content) => Buffer.from(content.toString().replace(from, to)));
  expect(await reading((folder) => rm(join(folder, 'artifact.json')))).toBe(
    'there is no artifact in X (no artifact.json)',
  );
  expect(await reading((folder) => rm(join(folder, 'code.pack')))).toMatch(/^the artifact X is damaged: ENOENT/);
  expect(await reading(changed('env.pack', (content) => content.subarray(0, -20)))).toMatch(
    /^the artifact X is damaged/,
  );
  expect(await reading(text('"format": 1', '"format": 2'))).toBe(
    'the artifact X has format 2, and this version reads format 1',
  );
  expect(await reading(text('"ref": "main",', ''))).toMatch(/^the artifact X is damaged: /);
  expect(await reading((folder) => cp(join(folder, 'static.pack'), join(folder, 'code.pack')))).toMatch(
    /^the artifact X is damaged: code.pack does not hold the tree [0-9a-f]{64} that artifact.json names$/,
  );
});

test('an artifact takes the place of nothing but an artifact', async () => {
  await using scratch = await scratchFolder();
  await writeFiles(scratch.path, { 'mine/notes.txt': 'x', 'empty/': '' }).catch(() => undefined);
  expect((await refusal(assertFree(join(scratch.path, 'mine')))).message).toMatch(
    /is not empty and holds no artifact$/,
  );
  expect((await refusal(assertFree(join(scratch.path, 'mine/notes.txt')))).message).toContain('cannot be left in');
  await assertFree(join(scratch.path, 'not-there'));
});

test('a pack writes nothing outside of its folders', async () => {
  await using scratch = await scratchFolder();
  const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const file = (path: string) => ({ kind: 'file' as const, sha256, bytes: 0, path });
  const head = (record: object) => Buffer.from(`${JSON.stringify(record)}\n`);
  let count = 0;
  const unpacking = async (entries: Parameters<typeof manifestFrom>[0], more: Buffer[] = []) => {
    const { text, digest } = manifestFrom(entries);
    const records = [
      head({ tree: { kind: 'code', digest, bytes: Buffer.byteLength(text) } }),
      Buffer.from(text),
      head({ object: { sha256, executable: false, bytes: 0 } }),
      ...more,
      head({ end: true }),
    ];
    const into = join(scratch.path, String(count++));
    await mkdir(into);
    await unpack(Readable.from([deflateSync(Buffer.concat(records))]), into);
  };
  await unpacking([file('a.py')]);
  for (const path of ['../a.py', '/a.py', 'a/../../b.py', 'a//b.py', '.', 'a\0b']) {
    await expect(unpacking([file(path)])).rejects.toThrow('leads out of its folder');
  }
  await expect(unpacking([file('a.py'), { kind: 'link', target: '../..', path: 'up' }])).rejects.toThrow('leads out');
  await expect(unpacking([file('a'), file('a/b.py')])).rejects.toThrow();
  // A link is made last: nothing is written through it.
  await expect(unpacking([file('d/a.py'), { kind: 'link', target: 'e', path: 'd' }])).rejects.toThrow('EEXIST');
  const twice = head({ object: { sha256, executable: false, bytes: 0 } });
  await expect(unpacking([file('a.py')], [twice])).rejects.toThrow('an object that none of its trees has');
  await expect(unpacking([file('a.py'), { ...file('b.py'), bytes: 1 }])).rejects.toThrow('it lacks 1 objects');
});

test('what does not fit the host is told at once, all of it', () => {
  const env = { wheels: [{ name: 'lxml', version: '6', tags: ['cp311-cp311-manylinux_2_40_x86_64'] }] };
  const misfits = (target: Partial<BuildSpec['target']>, facts = hostFacts(), wanted?: string): string[] => {
    const build = { target: { ...TARGET, ...target }, env: { ...env, builtOn: { name: 'glibc', version: '2.36' } } };
    try {
      assertFits('the artifact X', build as Pick<BuildSpec, 'target' | 'env'>, facts, wanted);
    } catch (error) {
      if (error instanceof BuildErrors) return error.errors.map(({ message }) => message);
      if (error instanceof BuildError) return [error.message];
      throw error;
    }
    return [];
  };
  expect(misfits({}, hostFacts({ libc: { name: 'glibc', version: '2.41' } }))).toEqual([]);
  expect(misfits({})).toEqual([expect.stringContaining('lxml 6 needs glibc 2.40 or newer')]);
  expect(misfits({ machine: 'aarch64', libc: 'musl', minor: '3.13' })).toEqual([
    'the artifact X is made for aarch64, and host www is x86_64',
    'the artifact X is made for musl, and host www has glibc',
    'the artifact X is made for Python 3.13, and host www has 3.11',
  ]);
  expect(misfits({ abi: 'cpython-311d-x86_64-linux-gnu' })).toEqual([
    'the artifact X is made for the ABI cpython-311d-x86_64-linux-gnu of Python 3.11, and that of host www is cpython-311-x86_64-linux-gnu',
  ]);
  expect(misfits({}, hostFacts(), '3.12')).toEqual([
    'the artifact X is made for Python 3.11, and graceful.yml names 3.12 (python.version)',
  ]);
});

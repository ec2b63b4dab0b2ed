import { appendFile, chmod, copyFile, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { keptTree } from '../src/build/cache/tree.ts';
import { manifestOf } from '../src/build/manifest.ts';
import { type Scratch, scratchFolder, writeFiles } from './build.fixtures.ts';

const HOUR_MS = 3600 * 1000;

afterEach(() => vi.useRealTimers());

interface Kept extends Scratch {
  digest: string;
  read: () => ReturnType<typeof keptTree>;
  /** What was noted of the files that were read. */
  noted: () => Promise<{ boot: string; read: number; files: Record<string, unknown[]> }>;
  note: (content: object) => Promise<void>;
}

/** A folder whose files were all read, long after they were written. */
async function kept(): Promise<Kept> {
  const scratch = await scratchFolder();
  const [folder, index] = [join(scratch.path, 'env'), join(scratch.path, 'read.json')];
  await writeFiles(folder, { 'lib/a.py': 'a', 'lib/b.py': 'b', 'bin/run': '#!/bin/sh\n' });
  await chmod(join(folder, 'bin/run'), 0o755);
  const { digest } = (await manifestOf(folder, 'the tree')).manifest;
  const read = () => keptTree(folder, 'the tree', digest, index);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR_MS });
  const tree = await read();
  expect([tree.folder, tree.manifest]).toEqual([folder, (await manifestOf(folder, 'the tree')).manifest]);
  return {
    ...scratch,
    path: folder,
    digest,
    read,
    noted: async () => JSON.parse(await readFile(index, 'utf8')),
    note: (content) => writeFile(index, JSON.stringify(content)),
  };
}

test('what was read and has not changed since is not read again', async () => {
  await using tree = await kept();
  const { manifest } = await tree.read();
  expect(manifest.digest).toBe(tree.digest);
  // The note is believed: told otherwise, it is another tree.
  const noted = await tree.noted();
  expect(Object.keys(noted.files).sort()).toEqual(['bin/run', 'lib/a.py', 'lib/b.py']);
  const files = { ...noted.files, 'lib/a.py': noted.files['lib/b.py'] };
  const [inode, changed] = noted.files['lib/a.py'] ?? [];
  await tree.note({ ...noted, files: { ...files, 'lib/a.py': [inode, changed, 1, 'file', '0'.repeat(64)] } });
  await expect(tree.read()).rejects.toThrow('its files are not those of its manifest');
  // But not after another start of the machine, nor after a day.
  const wrong = await tree.noted();
  await tree.note({ ...wrong, boot: 'another' });
  expect((await tree.read()).manifest.digest).toBe(tree.digest);
  expect(await tree.noted()).toEqual({ ...noted, read: expect.any(Number) });
  await tree.note(wrong);
  vi.setSystemTime(Date.now() + 25 * HOUR_MS);
  expect((await tree.read()).manifest.digest).toBe(tree.digest);
  expect(await tree.noted()).toEqual({ ...noted, read: Date.now() });
});

const CHANGES: [string, (folder: string) => Promise<void>][] = [
  ['a byte more', (folder) => appendFile(join(folder, 'lib/a.py'), '\n')],
  ['another content of the same size', (folder) => writeFile(join(folder, 'lib/a.py'), 'x')],
  [
    'another content of the same size and time',
    async (folder) => {
      const { atime, mtime } = await stat(join(folder, 'lib/a.py'));
      await writeFile(join(folder, 'lib/a.py'), 'x');
      await utimes(join(folder, 'lib/a.py'), atime, mtime);
    },
  ],
  ['another file in its place', (folder) => rename(join(folder, 'lib/b.py'), join(folder, 'lib/a.py'))],
  ['another mode', (folder) => chmod(join(folder, 'bin/run'), 0o644)],
  ['a file too many', (folder) => copyFile(join(folder, 'lib/a.py'), join(folder, 'lib/c.py'))],
  ['a file too few', (folder) => rm(join(folder, 'lib/a.py'))],
];

test.each(CHANGES)('%s is found', async (_, change) => {
  await using tree = await kept();
  await change(tree.path);
  await expect(tree.read()).rejects.toThrow('its files are not those of its manifest');
});

test('a copy of the same files is read, and noted', async () => {
  await using tree = await kept();
  const before = await tree.noted();
  await copyFile(join(tree.path, 'lib/a.py'), join(tree.path, 'new'));
  await rename(join(tree.path, 'new'), join(tree.path, 'lib/a.py'));
  expect((await tree.read()).manifest.digest).toBe(tree.digest);
  const after = await tree.noted();
  expect(after.read).toBe(before.read);
  expect(after.files['lib/a.py']).not.toEqual(before.files['lib/a.py']);
  expect(after.files['lib/b.py']).toEqual(before.files['lib/b.py']);
});

test('what was changed this very moment is read again the next time too', async () => {
  await using tree = await kept();
  vi.useRealTimers();
  await chmod(join(tree.path, 'lib/a.py'), 0o600);
  await tree.note({});
  await tree.read();
  expect((await tree.noted()).files).toEqual({});
});

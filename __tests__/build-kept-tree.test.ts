import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
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
  noted: () => Promise<{
    boot: string;
    read: number;
    text: string;
    states: unknown[];
    folders: string[];
    folderStates: unknown[];
  }>;
  note: (content: object) => Promise<void>;
}

/** A folder whose files were all read, long after they were written. */
async function kept(): Promise<Kept> {
  const scratch = await scratchFolder();
  const [folder, index] = [join(scratch.path, 'env'), join(scratch.path, 'read.json')];
  await writeFiles(folder, { 'lib/a.py': 'a', 'lib/b.py': 'b', 'bin/run': '#!/bin/sh\n' });
  await chmod(join(folder, 'bin/run'), 0o755);
  await symlink('a.py', join(folder, 'lib/link'));
  await mkdir(join(folder, 'empty'));
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
  const noted = await tree.noted();
  expect(noted.folders).toEqual(['', 'bin', 'empty', 'lib']);
  // The note is believed, where it is about this very tree: a file that changed as the note says is not read.
  await writeFile(join(tree.path, 'lib/a.py'), 'x');
  await expect(tree.read()).rejects.toThrow('its files are not those of its manifest');
  const { ino, ctimeMs, size } = await stat(join(tree.path, 'lib/a.py'));
  const states = noted.states.with(1, [ino, ctimeMs, size]);
  await tree.note({ ...noted, states });
  expect((await tree.read()).manifest.digest).toBe(tree.digest);
  await tree.note({ ...noted, states, text: noted.text.replace(/[0-9a-f]{64}/, '0'.repeat(64)) });
  await expect(tree.read()).rejects.toThrow('its files are not those of its manifest');
  // But not after another start of the machine, nor after a day.
  await tree.note({ ...noted, states, boot: 'another' });
  await expect(tree.read()).rejects.toThrow('its files are not those of its manifest');
  await tree.note({ ...noted, states });
  vi.setSystemTime(Date.now() + 25 * HOUR_MS);
  await expect(tree.read()).rejects.toThrow('its files are not those of its manifest');
  // Then all is read and noted anew.
  await writeFile(join(tree.path, 'lib/a.py'), 'a');
  expect((await tree.read()).manifest.digest).toBe(tree.digest);
  expect((await tree.noted()).read).toBe(Date.now());
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
  ['a file in a folder that was empty', (folder) => writeFile(join(folder, 'empty/a'), '')],
  [
    'a link elsewhere',
    async (folder) => {
      await rm(join(folder, 'lib/link'));
      await symlink('b.py', join(folder, 'lib/link'));
    },
  ],
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
  expect({ ...after, states: [], folderStates: [] }).toEqual({ ...before, states: [], folderStates: [] });
  // In the order of the text: bin/run, lib/a.py, lib/b.py, lib/link.
  const changed = after.states.map((state, line) => JSON.stringify(state) !== JSON.stringify(before.states[line]));
  expect(changed).toEqual([false, true, false, false]);
});

test('what was changed this very moment is read again the next time too', async () => {
  await using tree = await kept();
  vi.useRealTimers();
  await chmod(join(tree.path, 'lib/a.py'), 0o600);
  await tree.note({});
  await tree.read();
  const { states, folderStates } = await tree.noted();
  expect([...states, ...folderStates].every((state) => state === null)).toBe(true);
  expect((await tree.read()).manifest.digest).toBe(tree.digest);
});

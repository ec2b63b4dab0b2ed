import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unpack } from '../src/artifact/unpack.ts';
import { manifestFrom, manifestOf, staysInside } from '../src/build/manifest.ts';
import { packStream } from '../src/shipping/pack.ts';
import { scratchFolder, writeFiles } from './build.fixtures.ts';

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

test('a manifest is one JSON array a line, sorted by the bytes of the path', async () => {
  await using scratch = await scratchFolder();
  // U+FF5E comes before U+1F600 in UTF-8, after it in UTF-16.
  await writeFiles(scratch.path, { 'b/x': 'x', 'b.txt': '', 'new\nline': 'n', '\uff5e': 'wave', '\u{1f600}': 'smile' });
  await mkdir(join(scratch.path, 'empty'));
  await chmod(join(scratch.path, 'b/x'), 0o755);
  await symlink('b/x', join(scratch.path, 'a'));
  const { manifest } = await manifestOf(scratch.path, 'the tree');
  const expected = [
    '["link","b/x","a"]',
    `["file","${sha256('')}",0,"b.txt"]`,
    `["exec","${sha256('x')}",1,"b/x"]`,
    `["file","${sha256('n')}",1,"new\\nline"]`,
    `["file","${sha256('wave')}",4,"\uff5e"]`,
    `["file","${sha256('smile')}",5,"\u{1f600}"]`,
  ]
    .map((line) => `${line}\n`)
    .join('');
  expect(manifest.text).toBe(expected);
  expect(manifest.digest).toBe(sha256(expected));
  expect(manifestFrom(manifest.entries.toReversed())).toEqual(manifest);
});

test('a large file is hashed as a stream, to the same digest', async () => {
  await using scratch = await scratchFolder();
  const content = 'x'.repeat(5 * 1024 * 1024);
  await writeFile(join(scratch.path, 'large'), content);
  const { manifest } = await manifestOf(scratch.path, 'the tree');
  expect(manifest.entries).toEqual([{ kind: 'file', sha256: sha256(content), bytes: content.length, path: 'large' }]);
});

test.each([
  ['/etc/passwd', 'an absolute target'],
  ['../../outside', 'a target above the top'],
])('a link to %s is refused: %s', async (target) => {
  await using scratch = await scratchFolder();
  await mkdir(join(scratch.path, 'd'));
  await symlink(target, join(scratch.path, 'd', 'link'));
  await expect(manifestOf(scratch.path, 'the source tree')).rejects.toThrow(
    `the source tree: the symbolic link d/link leads out of it, to ${target}`,
  );
});

test('a link whose text stays inside but leads out through another link is refused', async () => {
  await using scratch = await scratchFolder();
  await mkdir(join(scratch.path, 'top/deep/er'), { recursive: true });
  await symlink('../..', join(scratch.path, 'top/deep/er/up'));
  await symlink('up/..', join(scratch.path, 'top/deep/er/out'));
  expect(staysInside('deep/er/out', 'up/..')).toBe(true);
  await expect(manifestOf(join(scratch.path, 'top'), 'the tree')).rejects.toThrow(
    'the symbolic link deep/er/out leads out of it',
  );
});

test('a dangling link inside is kept as it is', async () => {
  await using scratch = await scratchFolder();
  await symlink('media/logo.png', join(scratch.path, 'logo'));
  expect((await manifestOf(scratch.path, 'the tree')).manifest.text).toBe('["link","media/logo.png","logo"]\n');
});

test('pipes and names that are not UTF-8 are refused by name', async () => {
  await using scratch = await scratchFolder();
  execFileSync('mkfifo', [join(scratch.path, 'pipe')]);
  await expect(manifestOf(scratch.path, 'the tree')).rejects.toThrow(
    'pipe is neither a file nor a folder nor a symbolic link',
  );
  await mkdir(join(scratch.path, 'names'));
  await writeFile(Buffer.concat([Buffer.from(join(scratch.path, 'names/')), Buffer.from([0x62, 0xff])]), '');
  await expect(manifestOf(join(scratch.path, 'names'), 'the tree')).rejects.toThrow('is not UTF-8');
});

test('a pack holds the manifests and each object once, and reads back to the same bytes', async () => {
  await using scratch = await scratchFolder();
  const [code, files] = [join(scratch.path, 'code'), join(scratch.path, 'static')];
  const large = 'line of a large file\n'.repeat(200_000);
  await writeFiles(code, { 'a.py': 'same', 'b.py': 'same', run: 'same', 'large.txt': large, empty: '' });
  await chmod(join(code, 'run'), 0o755);
  await symlink('a.py', join(code, 'link.py'));
  await writeFiles(files, { 'css/a.css': 'same', 'b.css': 'other' });
  const trees = [
    { kind: 'code' as const, tree: await manifestOf(code, 'code') },
    { kind: 'static' as const, tree: await manifestOf(files, 'static') },
  ];
  const into = join(scratch.path, 'into');
  await mkdir(into);
  // An object that comes twice, or that no tree has, is refused there.
  const read = await unpack(packStream(trees), into);
  expect(read.map(({ kind, tree }) => [kind, tree.manifest])).toEqual(
    trees.map(({ kind, tree }) => [kind, tree.manifest]),
  );
  for (const { tree } of read) expect((await manifestOf(tree.folder, 'it')).manifest).toEqual(tree.manifest);
});

test('a pack of a file that changed since its manifest fails instead of sending something else', async () => {
  await using scratch = await scratchFolder();
  await writeFile(join(scratch.path, 'a'), 'before');
  const tree = await manifestOf(scratch.path, 'code');
  await writeFile(join(scratch.path, 'a'), 'after that');
  await expect(packStream([{ kind: 'code', tree }]).toArray()).rejects.toThrow(
    'changed while it was sent: 6 bytes became 10',
  );
  expect(await readFile(join(scratch.path, 'a'), 'utf8')).toBe('after that');
});

import { chmod, lstat, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportSource } from '../src/build/source.ts';
import { git, scratchFolder, writeFiles } from './build.fixtures.ts';

async function repository(folder: string): Promise<string> {
  await writeFiles(folder, {
    'manage.py': '#!/usr/bin/env python\n',
    'shop/views.py': 'one\n',
    'docs/plan.md': 'secret plan\n',
    '.gitattributes': 'docs export-ignore\n',
  });
  await chmod(join(folder, 'manage.py'), 0o755);
  await symlink('../manage.py', join(folder, 'shop', 'run'));
  git(folder, 'init', '-q', '-b', 'main');
  git(folder, 'add', '.');
  git(folder, 'commit', '-q', '-m', 'one');
  return git(folder, 'rev-parse', 'HEAD');
}

test('the tree is what git archive gives: committed files, export-ignore, modes and links', async () => {
  await using scratch = await scratchFolder();
  const workspace = join(scratch.path, 'work');
  const commit = await repository(workspace);
  await writeFile(join(workspace, 'untracked.txt'), 'new\n');
  const source = await exportSource({ workspace, scratch: scratch.path });
  expect(source.commit).toBe(commit);
  expect(source.ref).toBe('main');
  expect(source.tree.manifest.entries.map((entry) => [entry.kind, entry.path])).toEqual([
    ['file', '.gitattributes'],
    ['exec', 'manage.py'],
    ['link', 'shop/run'],
    ['file', 'shop/views.py'],
  ]);
  expect(await readFile(join(source.tree.folder, 'shop/views.py'), 'utf8')).toBe('one\n');
  expect((await lstat(join(source.tree.folder, 'manage.py'))).mode & 0o111).not.toBe(0);
  expect(source.notices).toEqual(['not in the commit, and so not deployed: untracked.txt']);
});

test('submodules are told by name', async () => {
  await using scratch = await scratchFolder();
  const workspace = join(scratch.path, 'work');
  const other = join(scratch.path, 'other');
  await repository(workspace);
  await repository(other);
  git(workspace, 'submodule', '--quiet', 'add', other, 'vendor/other');
  git(workspace, 'commit', '-q', '-m', 'with a submodule');
  const source = await exportSource({ workspace, scratch: scratch.path });
  expect(source.notices).toEqual(['git submodules are not included yet: vendor/other']);
  expect(source.tree.manifest.entries.map((entry) => entry.path)).toContain('.gitmodules');
});

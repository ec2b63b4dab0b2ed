import { chmod, lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BuildError } from '../src/build/errors.ts';
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
  await writeFile(join(workspace, 'shop/views.py'), 'changed\n');
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
  expect(source.notices).toEqual([
    `uncommitted changes are not deployed: shop/views.py, untracked.txt (the release is ${commit.slice(0, 7)})`,
  ]);
});

test('an older commit is laid out when it is asked for', async () => {
  await using scratch = await scratchFolder();
  const workspace = join(scratch.path, 'work');
  const first = await repository(workspace);
  await writeFile(join(workspace, 'shop/views.py'), 'two\n');
  git(workspace, 'commit', '-q', '-a', '-m', 'two');
  const source = await exportSource({ workspace, scratch: scratch.path, commit: first });
  expect(source.commit).toBe(first);
  expect(await readFile(join(source.tree.folder, 'shop/views.py'), 'utf8')).toBe('one\n');
  expect(source.notices).toEqual([]);
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

test('no checkout, no such commit, a folder below the top: each says what to do', async () => {
  await using scratch = await scratchFolder();
  const workspace = join(scratch.path, 'work');
  await mkdir(workspace);
  const attempt = async (folder: string, commit?: string): Promise<BuildError> => {
    try {
      await exportSource({ workspace: folder, scratch: scratch.path, ...(commit === undefined ? {} : { commit }) });
    } catch (thrown) {
      if (thrown instanceof BuildError) return thrown;
      throw thrown;
    }
    throw new Error('it should have been refused');
  };
  const bare = await attempt(workspace);
  expect([bare.message, bare.mend]).toEqual([
    `${workspace} is not a git checkout`,
    'run actions/checkout before this step, or start in the folder of a clone',
  ]);
  await repository(workspace);
  const missing = await attempt(workspace, '0123456789012345678901234567890123456789');
  expect(missing.message).toBe(
    `the commit 0123456789012345678901234567890123456789 is not in the git checkout ${workspace}`,
  );
  const below = await attempt(join(workspace, 'shop'));
  expect(below.message).toBe(`${workspace}/shop is the folder shop of the git checkout ${workspace}, not its top`);
});

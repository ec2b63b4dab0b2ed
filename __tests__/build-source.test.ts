import { createHash } from 'node:crypto';
import { chmod, lstat, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { BuildError } from '../src/build/errors.ts';
import { batchesOf } from '../src/build/source/lfs.ts';
import { assertCommitted, exportSource } from '../src/build/source/source.ts';
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

test('a checkout of another user: the command that allows it can be copied, whatever the path', async () => {
  await using scratch = await scratchFolder();
  const workspace = join(scratch.path, "ada's work");
  await repository(workspace);
  vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
  const refused = await refusal(exportSource({ workspace, scratch: scratch.path }));
  vi.unstubAllEnvs();
  expect(refused.mend).toBe(`git config --global --add safe.directory '${workspace.replace("'", "'\\''")}'`);
});

/** What a refused export says. */
async function refusal(exported: Promise<unknown>): Promise<BuildError> {
  const thrown = await exported.catch((error: unknown) => error);
  if (thrown instanceof BuildError) return thrown;
  throw new Error('it should have been refused', { cause: thrown });
}

const all = (paths: readonly { path: string }[]) => paths.map(({ path }) => path);

test('include and exclude are patterns as in .gitignore; one that matches nothing is told', async () => {
  await using scratch = await scratchFolder();
  const workspace = join(scratch.path, 'work');
  await repository(workspace);
  await writeFiles(workspace, { 'shop/Plan.md': 'x', 'shop/static/.hidden/a.css': 'x', 'notes/plan.md': 'x' });
  git(workspace, 'add', '.');
  git(workspace, 'commit', '-q', '-m', 'more');
  const exported = async (include: string[], exclude: string[]) => {
    const { tree, notices } = await exportSource({ workspace, scratch: scratch.path, patterns: { include, exclude } });
    await rm(tree.folder, { recursive: true });
    return { paths: all(tree.manifest.entries), notices };
  };
  expect(await exported([], ['*.md', 'static/', 'nots/'])).toEqual({
    paths: ['.gitattributes', 'manage.py', 'shop/run', 'shop/views.py'],
    notices: ['no file of the commit matches these patterns of include and exclude: nots/'],
  });
  expect(await exported(['/manage.py', 'shop/**', '!shop/run'], ['Plan.*'])).toEqual({
    paths: ['manage.py', 'shop/static/.hidden/a.css', 'shop/views.py'],
    notices: [],
  });
  const nothing = await refusal(exported(['other/'], []));
  expect(nothing.message).toMatch(/^the commit [0-9a-f]{40} has no files to deploy$/);
  expect(nothing.mend).toContain('include and exclude in graceful.yml');
});

test('submodules are part of the source, at the commits that are recorded, within one another too', async () => {
  await using scratch = await scratchFolder();
  const at = (name: string) => join(scratch.path, name);
  const [workspace, other, innermost] = [at('work'), at('other'), at('innermost')];
  for (const folder of [workspace, other, innermost]) await repository(folder);
  git(other, 'submodule', '--quiet', 'add', innermost, 'lib');
  git(other, 'commit', '-q', '-m', 'with a submodule');
  git(workspace, 'submodule', '--quiet', 'add', other, 'vendor/other');
  git(workspace, 'commit', '-q', '-m', 'with a submodule');
  const exported = async (exclude: string[] = []) => {
    const into = await mkdtemp(join(scratch.path, 'run-'));
    return await exportSource({ workspace, scratch: into, patterns: { include: [], exclude } });
  };
  const shallow = await refusal(exported());
  expect(shallow.message).toBe('the git submodule vendor/other/lib is empty in this checkout');
  expect(shallow.mend).toContain('submodules: true');
  git(workspace, 'submodule', '--quiet', 'update', '--init', '--recursive');
  const { tree, notices } = await exported();
  expect(notices).toEqual([]);
  const paths = all(tree.manifest.entries);
  expect(paths).toContain('vendor/other/lib/shop/views.py');
  // Its own export-ignore counts.
  expect(paths).not.toContain('vendor/other/docs/plan.md');
  expect(all((await exported(['lib/'])).tree.manifest.entries)).not.toContain('vendor/other/lib/shop/views.py');
  git(workspace, 'submodule', '--quiet', 'deinit', '--force', 'vendor/other');
  expect((await refusal(exported())).message).toBe('the git submodule vendor/other is empty in this checkout');
  expect(all((await exported(['/vendor/'])).tree.manifest.entries)).not.toContain('vendor/other/manage.py');
});

test('a submodule whose checkout is another commit than the recorded one is no commit to deploy', async () => {
  await using scratch = await scratchFolder();
  const [workspace, other] = [join(scratch.path, 'work'), join(scratch.path, 'other')];
  await repository(workspace);
  await repository(other);
  git(workspace, 'submodule', '--quiet', 'add', other, 'vendor');
  git(workspace, 'commit', '-q', '-m', 'with a submodule');
  await assertCommitted(workspace);
  await writeFile(join(workspace, 'vendor', 'shop', 'views.py'), 'two\n');
  const refused = await refusal(assertCommitted(workspace));
  expect(refused.message).toBe('what is deployed is the commit, and the work tree differs from it: vendor');
});

test('files that LFS keeps come with their content, and are refused while that is not fetched', async () => {
  await using scratch = await scratchFolder();
  const workspace = join(scratch.path, 'work');
  await repository(workspace);
  const content = 'large\n'.repeat(1000);
  const oid = createHash('sha256').update(content).digest('hex');
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`;
  await writeFiles(workspace, {
    '.gitattributes': 'docs export-ignore\n*.bin filter=lfs -text\n',
    'shop/model.bin': pointer,
    'shop/pointer.txt': pointer,
  });
  git(workspace, 'add', '.');
  git(workspace, 'commit', '-q', '-m', 'with LFS');
  const exported = async () => exportSource({ workspace, scratch: await mkdtemp(join(scratch.path, 'run-')) });
  const refused = await refusal(exported());
  expect(refused.message).toBe('the content of files that git LFS keeps was not fetched: shop/model.bin');
  expect([refused.mend, refused.place]).toEqual([expect.stringContaining('"lfs: true"'), { file: 'shop/model.bin' }]);
  const store = `.git/lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`;
  await writeFiles(workspace, { [store]: content.replace('large', 'other') });
  expect((await refusal(exported())).message).toBe(refused.message);
  await writeFiles(workspace, { [store]: content });
  const { tree } = await exported();
  expect(await readFile(join(tree.folder, 'shop/model.bin'), 'utf8')).toBe(content);
  expect(await readFile(join(tree.folder, 'shop/pointer.txt'), 'utf8')).toBe(pointer);
});

test('git is asked of so many paths at once as a command line holds', () => {
  expect(batchesOf(['ab', 'c', 'dé', 'f'], 6)).toEqual([
    ['ab', 'c'],
    ['dé', 'f'],
  ]);
  expect(batchesOf(['longer than that', 'a'], 6)).toEqual([['longer than that'], ['a']]);
  expect(batchesOf([], 6)).toEqual([]);
  const many = Array.from({ length: 50_000 }, (_, place) => `models/${place}.bin`);
  expect(batchesOf(many, 100_000).flat()).toEqual(many);
});

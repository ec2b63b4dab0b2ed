import { realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BuildError } from '../errors.ts';
import { manifestOf, type Tree } from '../manifest.ts';
import { git, listed } from './git.ts';
import { layOut } from './layout.ts';
import { type Patterns, Selection } from './selection.ts';

/** The files of one commit, as `git archive` gives them. */
export interface Source {
  /** Full SHA-1 (or SHA-256) of the commit. */
  commit: string;
  /** Branch or tag that is checked out, or the commit when HEAD is detached. */
  ref: string;
  /** Seconds since 1970. */
  committedAt: number;
  tree: Tree;
  notices: string[];
}

/**
 * Lays out the source of the commit that is checked out: git's tracked files, `export-ignore` respected, with
 * executable bits and symbolic links, submodules and the content of LFS files.
 *
 * @param options.workspace - top folder of a git checkout
 * @param options.scratch - folder of this run; the tree is made below it
 * @param options.patterns - what of it is wanted; by default all
 * @throws BuildError when there is no git checkout, or something of its commit is not there
 */
export async function exportSource(options: {
  workspace: string;
  scratch: string;
  patterns?: Patterns;
}): Promise<Source> {
  const { workspace, scratch, patterns = { include: [], exclude: [] } } = options;
  await assertTop(workspace);
  const commit = await resolveCommit(workspace);
  const folder = join(scratch, 'source');
  const selection = new Selection(patterns);
  await layOut({ checkout: workspace, commit, folder, selection });
  const [tree, notices, ref, time] = await Promise.all([
    manifestOf(folder, 'the source tree'),
    untrackedNotices(workspace),
    refOf(workspace, commit),
    git(workspace, ['show', '--no-patch', '--format=%ct', commit]),
  ]);
  if (tree.manifest.entries.length === 0) {
    throw new BuildError(`the commit ${commit} has no files to deploy`, {
      mend: 'see whether export-ignore in .gitattributes, or include and exclude in graceful.yml, leave everything out',
    });
  }
  if (selection.idle.length > 0) {
    notices.push(`no file of the commit matches these patterns of include and exclude: ${listed(selection.idle)}`);
  }
  return { commit, ref, committedAt: Number(time.stdout.trim()), tree, notices };
}

/**
 * Refuses a work tree whose tracked files differ from its commit: what a person sees there is not what would go live.
 * @throws BuildError
 */
export async function assertCommitted(workspace: string): Promise<void> {
  const changed = (await changes(workspace)).filter(({ tracked }) => tracked).map(({ path }) => path);
  if (changed.length === 0) return;
  throw new BuildError(`what is deployed is the commit, and the work tree differs from it: ${listed(changed)}`, {
    mend: 'commit the changes, or put them away with `git stash`',
  });
}

async function assertTop(workspace: string): Promise<void> {
  const top = (await git(workspace, ['rev-parse', '--show-toplevel'])).stdout.trim();
  const [real, realTop] = await Promise.all([realpath(workspace), realpath(top)]);
  if (real === realTop) return;
  throw new BuildError(
    `${workspace} is the folder ${relative(realTop, real)} of the git checkout ${top}, not its top`,
    {
      mend: 'run at the top of the checkout, and name the Django project by django: { project: FOLDER } in graceful.yml',
    },
  );
}

async function resolveCommit(workspace: string): Promise<string> {
  const found = await git(workspace, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], [1, 128]);
  if (found.code === 0) return found.stdout.trim();
  const named = await git(workspace, ['rev-parse', '--verify', '--quiet', 'HEAD'], [1]);
  if (named.code !== 0) {
    throw new BuildError(`the git checkout ${workspace} has no commit yet`, { mend: 'commit the site, then deploy' });
  }
  const shallow = (await git(workspace, ['rev-parse', '--is-shallow-repository'])).stdout.trim() === 'true';
  throw new BuildError(
    `the commit ${named.stdout.trim()} is not in the git checkout ${workspace}${shallow ? ', which is shallow' : ''}`,
    { mend: 'fetch it: actions/checkout with "fetch-depth: 0", or git fetch --unshallow' },
  );
}

async function refOf(workspace: string, commit: string): Promise<string> {
  const branch = await git(workspace, ['symbolic-ref', '--quiet', '--short', 'HEAD'], [1]);
  return branch.code === 0 ? branch.stdout.trim() : commit;
}

async function untrackedNotices(workspace: string): Promise<string[]> {
  const untracked = (await changes(workspace)).filter(({ tracked }) => !tracked).map(({ path }) => path);
  return untracked.length === 0 ? [] : [`not in the commit, and so not deployed: ${listed(untracked)}`];
}

/** What `git status` shows: tracked files that differ from the commit, and files that git does not know. */
async function changes(workspace: string): Promise<{ path: string; tracked: boolean }[]> {
  const args = ['status', '--porcelain=v1', '-z', '--no-renames', '--ignore-submodules=untracked'];
  const { stdout } = await git(workspace, args);
  const lines = stdout.split('\0').filter((line) => line !== '');
  return lines.map((line) => ({ path: line.slice(3), tracked: !line.startsWith('??') }));
}

import { mkdir, realpath, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BuildError } from './errors.ts';
import { manifestOf, type Tree } from './manifest.ts';
import { type Ran, run } from './run.ts';

/** The files of one commit, as `git archive` gives them. */
export interface Source {
  /** Full SHA-1 (or SHA-256) of the commit. */
  commit: string;
  /** Branch or tag that is checked out, or the commit when HEAD is detached. */
  ref: string;
  tree: Tree;
  notices: string[];
}

/** Names of files that a message lists. */
const LISTED = 5;

/**
 * Lays out the source of the commit that is checked out: git's tracked files, `export-ignore` respected, with
 * executable bits and symbolic links.
 *
 * @param options.workspace - top folder of a git checkout
 * @param options.scratch - folder of this run; the tree is made below it
 * @throws BuildError when there is no git checkout, or its commit is not there
 */
export async function exportSource(options: { workspace: string; scratch: string }): Promise<Source> {
  const { workspace, scratch } = options;
  await assertTop(workspace);
  const commit = await resolveCommit(workspace);
  const folder = join(scratch, 'source');
  const archive = join(scratch, 'source.tar');
  await mkdir(folder, { recursive: true });
  await git(workspace, ['archive', '--format=tar', '-o', archive, commit]);
  await run(['tar', '-x', '-f', archive, '-C', folder, '--no-same-owner']);
  await rm(archive);
  const [tree, notices, ref] = await Promise.all([
    manifestOf(folder, 'the source tree'),
    noticesOf(workspace, commit),
    refOf(workspace, commit),
  ]);
  if (tree.manifest.entries.length === 0) {
    throw new BuildError(`the commit ${commit} has no files to deploy`, {
      mend: 'see whether export-ignore in .gitattributes leaves everything out',
    });
  }
  return { commit, ref, tree, notices };
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

async function noticesOf(workspace: string, commit: string): Promise<string[]> {
  const [changed, listing] = await Promise.all([changes(workspace), git(workspace, ['ls-tree', '-r', '-z', commit])]);
  const notices: string[] = [];
  const untracked = changed.filter(({ tracked }) => !tracked).map(({ path }) => path);
  if (untracked.length > 0) notices.push(`not in the commit, and so not deployed: ${listed(untracked)}`);
  const submodules = listing.stdout
    .split('\0')
    .filter((line) => line.startsWith('160000 '))
    .map((line) => line.slice(line.indexOf('\t') + 1));
  if (submodules.length > 0) notices.push(`git submodules are not included yet: ${submodules.join(', ')}`);
  return notices;
}

/** What `git status` shows: tracked files that differ from the commit, and files that git does not know. */
async function changes(workspace: string): Promise<{ path: string; tracked: boolean }[]> {
  const args = ['status', '--porcelain=v1', '-z', '--no-renames', '--ignore-submodules=all'];
  const { stdout } = await git(workspace, args);
  const lines = stdout.split('\0').filter((line) => line !== '');
  return lines.map((line) => ({ path: line.slice(3), tracked: !line.startsWith('??') }));
}

function listed(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `${names.slice(0, LISTED).join(', ')}${more}`;
}

async function git(workspace: string, args: string[], accept: number[] = []): Promise<Ran> {
  try {
    // The C locale: the texts of errors are compared below.
    return await run(['git', '-C', workspace, ...args], { accept, env: { ...process.env, LC_ALL: 'C' } });
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown;
    const said = thrown.output.join('\n');
    if (/not a git repository/i.test(said)) {
      throw new BuildError(`${workspace} is not a git checkout`, {
        mend: 'run actions/checkout before this step, or start in the folder of a clone',
        cause: thrown,
      });
    }
    if (/dubious ownership/i.test(said)) {
      throw new BuildError(`git refuses the checkout ${workspace}: it belongs to another user`, {
        mend: `git config --global --add safe.directory ${workspace}`,
        cause: thrown,
      });
    }
    throw thrown;
  }
}

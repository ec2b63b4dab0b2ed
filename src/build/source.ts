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

/** Names of uncommitted files that a notice lists. */
const LISTED = 5;

/**
 * Lays out the source of the commit that is checked out: git's tracked files, `export-ignore` respected, with
 * executable bits and symbolic links. What is not committed is not in it, which a notice tells.
 *
 * @param options.workspace - top folder of a git checkout
 * @param options.scratch - folder of this run; the tree is made below it
 * @param options.commit - the commit that is expected, by default what HEAD names
 * @throws BuildError when there is no git checkout or no such commit
 */
export async function exportSource(options: { workspace: string; scratch: string; commit?: string }): Promise<Source> {
  const { workspace, scratch } = options;
  await assertTop(workspace);
  const commit = await resolveCommit(workspace, options.commit ?? 'HEAD');
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

async function resolveCommit(workspace: string, name: string): Promise<string> {
  try {
    return (await git(workspace, ['rev-parse', '--verify', '--end-of-options', `${name}^{commit}`])).stdout.trim();
  } catch (thrown) {
    throw new BuildError(`the commit ${name} is not in the git checkout ${workspace}`, {
      mend: 'check out that commit: actions/checkout with "ref", or "fetch-depth: 0" for an older one',
      cause: thrown,
    });
  }
}

async function refOf(workspace: string, commit: string): Promise<string> {
  const branch = await git(workspace, ['symbolic-ref', '--quiet', '--short', 'HEAD'], [1]);
  return branch.code === 0 ? branch.stdout.trim() : commit;
}

async function noticesOf(workspace: string, commit: string): Promise<string[]> {
  const [status, listing] = await Promise.all([
    git(workspace, ['status', '--porcelain=v1', '-z', '--no-renames', '--ignore-submodules=all']),
    git(workspace, ['ls-tree', '-r', '-z', commit]),
  ]);
  const notices: string[] = [];
  const changed = status.stdout.split('\0').filter((line) => line !== '');
  if (changed.length > 0) {
    const names = changed.slice(0, LISTED).map((line) => line.slice(3));
    const more = changed.length > LISTED ? ` and ${changed.length - LISTED} more` : '';
    notices.push(
      `uncommitted changes are not deployed: ${names.join(', ')}${more} (the release is ${commit.slice(0, 7)})`,
    );
  }
  const submodules = listing.stdout
    .split('\0')
    .filter((line) => line.startsWith('160000 '))
    .map((line) => line.slice(line.indexOf('\t') + 1));
  if (submodules.length > 0) notices.push(`git submodules are not included yet: ${submodules.join(', ')}`);
  return notices;
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

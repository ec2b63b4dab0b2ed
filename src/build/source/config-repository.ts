import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Stage } from '../../config/types.ts';
import { withoutCredentials } from '../../secrets.ts';
import { copyTree } from '../copy.ts';
import { BuildError } from '../errors.ts';
import { manifestOf, type Tree } from '../manifest.ts';
import { run } from '../run.ts';
import { git } from './git.ts';
import { layOut } from './layout.ts';
import { Selection } from './selection.ts';
import type { Source } from './source.ts';

/** The site's own configuration, from a repository of its own. */
export interface ConfigTree {
  commit: string;
  ref: string;
  /** Where it appears in the code. */
  folder: string;
  tree: Tree;
}

/** Answers git's question for a user and a password; the token is in the environment, never in argv. */
const ASKPASS = `#!/bin/sh
case "$1" in
  Username*) echo x-access-token ;;
  *) printf '%s\\n' "$GRACEFUL_CONFIG_TOKEN" ;;
esac
`;

/**
 * Lays out the configuration repository, and puts its files into the source's folder, where the site will find them; they are no part
 * of the source's manifest.
 *
 * @param options.token - for a `url` with https
 * @throws BuildError when it cannot be had, or the source has something in its place
 */
export async function addConfig(options: {
  workspace: string;
  scratch: string;
  source: Source;
  repository: NonNullable<Stage['configRepository']>;
  token: string | undefined;
}): Promise<ConfigTree> {
  const { workspace, scratch, source, repository, token } = options;
  const { path = '.', url, folder, ref } = repository;
  const inTheWay = source.tree.manifest.entries.find(
    ({ path }) => path === folder || path.startsWith(`${folder}/`) || folder.startsWith(`${path}/`),
  );
  if (inTheWay !== undefined) {
    throw new BuildError(`config-repository is to appear as ${folder}, and the commit has ${inTheWay.path}`, {
      mend: 'name another place: config-repository: { folder: ... } in graceful.yml, or leave that out by `exclude`',
    });
  }
  const checkout = url === undefined ? resolve(workspace, path) : await clone(url, ref, scratch, token);
  const commit = await commitOf(checkout, url === undefined ? (ref ?? 'HEAD') : 'FETCH_HEAD');
  const into = join(scratch, 'config');
  await layOut({ checkout, commit, folder: into, selection: new Selection({ include: [], exclude: [] }) });
  const tree = await manifestOf(into, 'the configuration repository');
  if (tree.manifest.entries.length === 0) {
    throw new BuildError(`the configuration repository has no files in ${commit}`, { mend: 'see its ref' });
  }
  await placeConfig({ folder, tree }, source.tree.folder);
  return { commit, ref: ref ?? commit, folder, tree };
}

/** Puts the configuration where the code looks for it. */
export async function placeConfig(config: Pick<ConfigTree, 'folder' | 'tree'>, code: string): Promise<void> {
  await copyTree(config.tree.folder, join(code, config.folder));
}

async function commitOf(checkout: string, ref: string): Promise<string> {
  const there = await stat(checkout).catch(() => null);
  if (there === null) {
    throw new BuildError(`there is no folder ${checkout} (config-repository.path)`, {
      mend: 'check it out first: actions/checkout with "repository" and "path"; or name its url',
    });
  }
  // A folder within the site's own checkout would else be taken for that.
  const top = await git(checkout, ['rev-parse', '--show-cdup']);
  if (top.stdout.trim() !== '') {
    throw new BuildError(`${checkout} (config-repository.path) is no git checkout of its own`, {
      mend: 'check it out with git: actions/checkout with "repository" and "path"',
    });
  }
  // A branch that is not checked out is only there as the one it was fetched from.
  for (const name of [ref, `refs/remotes/origin/${ref}`]) {
    const found = await git(checkout, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`], [1, 128]);
    if (found.code === 0) return found.stdout.trim();
  }
  throw new BuildError(`the configuration repository ${checkout} has no ${ref}`, {
    mend: 'fetch it (actions/checkout with "ref" and "fetch-depth: 0"), or mend config-repository.ref',
  });
}

/** Fetches one ref of a repository into a folder of this run. */
async function clone(
  url: string,
  ref: string | undefined,
  scratch: string,
  token: string | undefined,
): Promise<string> {
  const checkout = join(scratch, 'config-checkout');
  const askpass = join(scratch, 'askpass');
  await mkdir(checkout);
  await writeFile(askpass, ASKPASS);
  await chmod(askpass, 0o700);
  await git(checkout, ['init', '--quiet']);
  const shown = withoutCredentials(url);
  await run(['git', '-C', checkout, 'fetch', '--quiet', '--depth=1', '--no-tags', '--', url, ref ?? 'HEAD'], {
    env: {
      ...process.env,
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      ...(token === undefined ? {} : { GIT_ASKPASS: askpass, GRACEFUL_CONFIG_TOKEN: token }),
    },
    secrets: token === undefined ? [] : [token],
  }).catch((thrown: unknown) => {
    if (!(thrown instanceof BuildError)) throw thrown;
    throw new BuildError(`the configuration repository ${shown} could not be fetched (${ref ?? 'HEAD'})`, {
      mend: 'see the output of git above; for https give a token by the variable GRACEFUL_CONFIG_TOKEN, for ssh an agent or GIT_SSH_COMMAND; or check it out before this step and name its path',
      output: [...thrown.output],
      cause: thrown,
    });
  });
  return checkout;
}

/** What git knows of a project; nothing of it where there is no checkout. */
import { basename } from 'node:path';
import { BuildError } from '../build/errors.ts';
import { git } from '../build/source/git.ts';
import type { Entry } from './finding.ts';

const LIVE = ['main', 'master', 'production'];
const TEST = ['develop', 'staging', 'devel', 'dev'];

/** The branch of production, and one for staging where there is one. */
export async function branchesOf(top: string): Promise<{ live: Omit<Entry, 'key'>; test: string | undefined }> {
  const local = await lines(top, ['for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads']);
  const remote = await lines(top, ['for-each-ref', '--format=%(refname:lstrip=3)', 'refs/remotes']);
  const names = [...local, ...remote].filter((name) => name !== 'HEAD');
  const [current] = await lines(top, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
  const all = [...names, ...(current === undefined ? [] : [current])];
  const test = TEST.find((name) => all.includes(name));
  const live = LIVE.find((name) => all.includes(name));
  if (live !== undefined) return { live: { value: live, mark: 'found', why: 'there is such a branch' }, test };
  const other = current === test ? undefined : current;
  return {
    live: { value: other ?? 'main', mark: 'guessed', why: other === undefined ? 'the usual one' : 'it is checked out' },
    test,
  };
}

/** The last part of where `origin` is, without `.git`. */
export async function repositoryName(top: string): Promise<string | undefined> {
  const [url] = await lines(top, ['remote', 'get-url', 'origin']);
  return url === undefined ? undefined : basename(url).replace(/\.git$/, '');
}

async function lines(top: string, argv: string[]): Promise<string[]> {
  try {
    return (await git(top, argv, [1, 2])).stdout.split('\n').filter(Boolean);
  } catch (error) {
    if (error instanceof BuildError) return [];
    throw error;
  }
}

/** The commits between two releases: from the checkout, or from GitHub where the checkout does not go back that far. */
import { git } from '../build/source/git.ts';
import type { Run } from '../config/types.ts';
import { compare } from '../github/compare.ts';
import type { Commit, Commits } from '../report/changes.ts';
import type { Report } from '../report/summary.ts';

/** So many are named; the others are counted. */
const SHOWN = 50;
/** What separates the fields of a commit; nobody can write it into one. */
const FIELD = '%x1f';
const COMMIT = '%x1e';

/**
 * What leads from one commit to another. Never a reason for a run to fail.
 * @returns null where neither the checkout nor GitHub knows both of them
 */
export async function commitsBetween(
  run: Pick<Run, 'workspace' | 'github'>,
  { from, to }: NonNullable<Report['commits']>,
): Promise<Commits | null> {
  if (from === null || to === null) return null;
  try {
    return (await inCheckout(run.workspace, from, to)) ?? (run.github ? await compare(run.github, from, to) : null);
  } catch {
    return null;
  }
}

/** Looks up what leads from one commit to another, each pair once. */
export type Between = (ends: NonNullable<Report['commits']>) => Promise<Commits | null>;

/** The hosts of a fleet mostly serve the same: GitHub, where the clone is shallow, is not asked for each of them. */
export function commitsOnce(run: Pick<Run, 'workspace' | 'github'>): Between {
  const asked = new Map<string, Promise<Commits | null>>();
  return ({ from, to }) => {
    const pair = `${from}...${to}`;
    const known = asked.get(pair) ?? commitsBetween(run, { from, to });
    asked.set(pair, known);
    return known;
  };
}

/** @returns null where the checkout does not have them, as one of a single commit (`fetch-depth: 1`) */
async function inCheckout(workspace: string, from: string, to: string): Promise<Commits | null> {
  const format = `--format=${['%m', '%H', '%an', '%s'].join(FIELD)}${COMMIT}`;
  const { code, stdout } = await git(workspace, ['log', '--left-right', format, `${from}...${to}`, '--'], [128]);
  if (code !== 0) return null;
  const lost: Commit[] = [];
  const gained: Commit[] = [];
  for (const one of stdout.trim().split('\x1e').slice(0, -1)) {
    const [side = '', sha = '', author = '', subject = ''] = one.trim().split('\x1f');
    (side === '<' ? lost : gained).push({ sha, author, subject });
  }
  const back = gained.length === 0 && lost.length > 0;
  const told = back ? lost : gained;
  return { from, to, back, shown: told.slice(0, SHOWN), count: told.length, lost: back ? 0 : lost.length };
}

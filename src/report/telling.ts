import Table from 'cli-table3';
import type { HistoryAnswer, ReleasesAnswer } from '../protocol/messages.ts';
import { answer } from './answer.ts';
import { type Answers, jsonByHost, textByHost } from './by-host.ts';
import type { Log } from './log.ts';
import { plainLine, seconds, size } from './text.ts';

/**
 * Prints what the host told of its releases, or of what was done: a table, JSON where asked for.
 *
 * @returns what the process should exit with
 */
export function reportTold(log: Log, answers: Answers<ReleasesAnswer | HistoryAnswer>, json: boolean): number {
  log.end();
  const text = json ? jsonByHost(answers, ({ type: _, ...rest }) => rest) : textByHost(answers, told);
  answer(`${text}\n`, json);
  return 0;
}

/** As a table for people. Pure. */
export function told(answer: ReleasesAnswer | HistoryAnswer): string {
  return answer.type === 'releases' ? releases(answer) : history(answer);
}

function releases({ releases }: ReleasesAnswer): string {
  if (releases.length === 0) return 'There is no release on this host yet.';
  const rows = releases.map(({ id, state, commit, createdAt, bytes, tags }) => [
    id,
    state,
    commit.slice(0, 12),
    createdAt,
    size(bytes),
    tags.join(', '),
  ]);
  return table(['Release', 'State', 'Commit', 'Created', 'Size', 'Tags'], rows);
}

function history({ operations }: HistoryAnswer): string {
  if (operations.length === 0) return 'Nothing was done yet.';
  const rows = operations.map(({ began, kind, release, origin, result, ms }) => [
    began,
    kind,
    release ?? '',
    origin.actor ?? '',
    result ?? 'not finished',
    ms === null ? '' : seconds(ms),
  ]);
  return table(['Began', 'Operation', 'Release', 'By', 'Result', 'Took'], rows);
}

function table(head: string[], rows: string[][]): string {
  const made = new Table({ style: { head: [], border: [] }, head });
  made.push(...rows.map((row) => row.map(plainLine)));
  return made.toString();
}

import Table from 'cli-table3';
import type { Mutation } from './mutations/mutation.ts';
import type { Played } from './pool.ts';
import { BROKE } from './unmet.ts';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** A case's line as soon as it is over, and what did not hold with how to play it again. */
export function lineOf({ case: { id, says }, violations, ms }: Played): string {
  if (violations.length === 0) return `ok        ${id}  ${seconds(ms)}`;
  const why = violations.map((violation) => `  - ${violation.replaceAll('\n', '\n    ')}`);
  return [`VIOLATED  ${id}  ${seconds(ms)}: ${says}`, ...why, `  again: ${again(id)}`].join('\n');
}

const again = (id: string): string => `npm run faults -- --only ${id}`;

/** One row for each step of an operation (or group), one column for how its cases went. */
export function tableOf(played: readonly Played[]): string {
  const rows = new Map<string, Played[]>();
  for (const one of played) {
    const row = one.case.id.split('/').slice(0, -1).join('/');
    rows.set(row, [...(rows.get(row) ?? []), one]);
  }
  const table = new Table({
    head: ['cases', 'held', 'violated', 'time', 'what to run again'],
    style: { head: [], border: [] },
  });
  for (const [row, cases] of [...rows].toSorted(([a], [b]) => a.localeCompare(b))) {
    const violated = cases.filter(({ violations }) => violations.length > 0);
    const time = cases.reduce((sum, { ms }) => sum + ms, 0);
    const todo = violated.map((one) => `${again(one.case.id)}\n  ${first(one)}`).join('\n');
    table.push([row, cases.length - violated.length, violated.length, seconds(time), todo]);
  }
  return table.toString();
}

function first({ violations }: Played): string {
  const [line = ''] = (violations[0] ?? '').split('\n');
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

/** How a mutation went: the cases that turned red, or that none did, or that they came to nothing, which shows nothing. */
export function mutationLine({ id, file, from, upholds, cases }: Mutation, red: boolean, said: string): string {
  const where = `${id}  host/${file}: ${upholds}`;
  const why = said.match(/^VIOLATED {2}\S+|^ {2}- .*/gm)?.slice(0, 3) ?? [];
  if (red) return [`red       ${where}`, ...why].join('\n');
  if (said.includes(BROKE)) return [`BROKE     ${where}`, ...why].join('\n');
  return [`SURVIVED  ${where}`, `  without ${JSON.stringify(from)} all held: ${cases.join(', ')}`].join('\n');
}

/** The last line. */
export function lastLine(played: readonly Played[]): string {
  const violated = played.filter(({ violations }) => violations.length > 0).length;
  return `faults: ${played.length} cases, ${violated} violations`;
}

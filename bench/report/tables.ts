/** What was measured, as Markdown tables: ways in rows, each figure as median (least to most). */
import { table } from '../../scripts/markdown.ts';
import { LINES, type LineName } from '../way.ts';
import {
  type Axis,
  type Figure,
  failed,
  firstNew,
  fromHost,
  hostCpu,
  lastOld,
  OURS,
  pick,
  ranked,
  spreadOf,
  toHost,
  toPackage,
  type Where,
  wholeCommand,
  worstPage,
  worstStatic,
} from './picks.ts';
import type { Measured, Part, Results } from './results.ts';
import { drift, spread } from './statistics.ts';
import { count, factor, LINE_TITLES, latency, percent, seconds, size, spreadText } from './text.ts';

type Column = readonly [head: string, cell: (runs: readonly Measured[]) => string];

/** `none` is what stands where no run has the figure, though visitors were there. */
const figure = (head: string, of: Figure, format: (value: number) => string, none = NOBODY): Column => [
  head,
  (runs) => {
    const found = spreadOf(runs, of);
    const without = runs.filter((run) => of(run) === null).length;
    const text = spreadText(found, format, runs.some(({ visitors }) => visitors !== null) ? none : NOBODY);
    return found === null || without === 0 ? text : `${text}; ${none} in ${without} of ${runs.length}`;
  },
];
const NOBODY = 'not measured';
const NOT_IN_THIS_RUN = 'Not measured in this run.';

const NEW = figure('First new answer', firstNew, seconds, 'never');
const OLD = figure('Last old answer', lastOld, seconds, 'never');
const EXIT: Column = [
  'Exit',
  (runs) => {
    const bad = runs.filter(({ exit }) => exit !== 0).length;
    const time = spreadText(spreadOf(runs, wholeCommand), seconds);
    return bad === 0 ? time : `${time}; with an error in ${bad} of ${runs.length}`;
  },
];
const FAILED = figure('Failed requests', failed, count);
const SLOWEST = figure('Slowest page', worstPage, latency);
const SLOWEST_STATIC = figure('Slowest static file', worstStatic, latency);
const TO_HOST = figure('To the host', toHost, size);
const FROM_HOST = figure('From the host', fromHost, size);

const TIMED = [NEW, OLD, EXIT, FAILED, SLOWEST, SLOWEST_STATIC, TO_HOST, FROM_HOST];

/** Graceful stands out, since it is what the others are compared with. */
const named = ({ name, title }: { name: string; title: string }): string => (name === OURS ? `**${title}**` : title);

function ways(results: Results, where: Where, of: Figure, columns: readonly Column[]): string {
  return table(
    ['Way', 'Runs', ...columns.map(([head]) => head)],
    ranked(results, where, of).map((way) => {
      const runs = pick(results, { ...where, way: way.name });
      return [named(way), `${runs.length}`, ...columns.map(([, cell]) => cell(runs))];
    }),
  );
}

/** A table for each line at which the part was measured, below its name. */
function perLine(results: Results, part: Part, of: Figure, columns: readonly Column[]): string {
  const measured = LINES.filter((line) => pick(results, { part, line }).length > 0);
  if (measured.length === 0) return NOT_IN_THIS_RUN;
  return measured.map((line) => `**${headline(line)}**\n\n${ways(results, { part, line }, of, columns)}`).join('\n\n');
}

const headline = (line: LineName): string => LINE_TITLES[line].replace(/^./, (first) => first.toUpperCase());

export const codeTables = (results: Results): string => perLine(results, 'code', firstNew, TIMED);
export const rollbackTables = (results: Results): string => perLine(results, 'rollback', wholeCommand, TIMED);
export const unchangedTables = (results: Results): string =>
  perLine(
    results,
    'unchanged',
    wholeCommand,
    TIMED.filter((column) => column !== NEW && column !== OLD),
  );

export function bumpTables(results: Results): string {
  const ratio = figure('To the package’s own files', toPackage(results), factor);
  return perLine(results, 'bump', toHost, [TO_HOST, ratio, FROM_HOST, NEW, EXIT]);
}

/** What visitors get some seconds after the command's end. */
function answers({ status, serves, firstNewMs }: Measured): string {
  if (status === null) return 'nothing: no answer';
  if (status !== 200) return `an error: ${status}`;
  if (serves === null) return 'a page of no version';
  return firstNewMs === null ? 'the version before' : 'the broken version';
}

/** `0`, or `1 in 2 of 3, 0 in 1 of 3` where it was not the same each time. */
function each(texts: readonly string[]): string {
  const different = [...new Set(texts)];
  if (different.length <= 1) return different.join('');
  const times = (text: string) => texts.filter((other) => other === text).length;
  return different.map((text) => `${text} in ${times(text)} of ${texts.length}`).join(', ');
}

/** The same broken commit by each way, at all lines together. */
export function safetyTable(results: Results): string {
  const where = { part: 'broken' } as const;
  if (pick(results, where).length === 0) return NOT_IN_THIS_RUN;
  return ways(results, where, failed, [
    ['Exit code', (runs) => each(runs.map(({ exit }) => `${exit}`))],
    ['What the site answers afterwards', (runs) => each(runs.map(answers))],
    FAILED,
    SLOWEST,
    SLOWEST_STATIC,
  ]);
}

/** The site's environment on the runner's side. */
export function environmentTable({ baseline: { environment } }: Results): string {
  const rows = [
    ['**Graceful**, nothing kept but the wheels', environment.coldMs],
    ['`uv pip sync` into an empty virtual environment, its cache empty', environment.uvMs],
    ['the same with `--compile-bytecode`', environment.uvBytecodeMs],
    ['**Graceful**, kept on the runner', environment.cachedMs],
    ['reading all files of that one', environment.readMs],
  ] as const;
  if (environment.coldMs.length === 0) return NOT_IN_THIS_RUN;
  return table(
    ['What', 'Runs', 'Time'],
    rows.map(([what, times]) => [what, `${times.length}`, spreadText(spread(times), seconds)]),
  );
}

/** Of each way that was measured along the axis, the whole command and the host's processor time by size. */
export function growthTable(results: Results, axis: Axis, unit: string): string {
  const where = { part: 'growth', axis } as const;
  const sizes = growthSizes(results, axis);
  if (sizes.length === 0) return NOT_IN_THIS_RUN;
  const rows = ranked(results, where, wholeCommand).flatMap((way) =>
    sizes.map((amount) => {
      const runs = pick(results, { ...where, way: way.name, count: amount });
      const cells = [EXIT, figure('', hostCpu, seconds), TO_HOST].map(([, cell]) => cell(runs));
      return [named(way), count(amount), `${runs.length}`, ...cells];
    }),
  );
  return table(['Way', unit, 'Runs', 'Exit', 'Processor time on the host', 'To the host'], rows);
}

export function growthSizes(results: Results, axis: Axis): number[] {
  const sizes = pick(results, { part: 'growth', axis }).map(({ size }) => size?.count ?? 0);
  return [...new Set(sizes)].sort((a, b) => a - b);
}

/** How much later runs of the same thing differ from earlier ones: what is not the ways' doing. */
export function driftTable(results: Results): string {
  const rows = ranked(results, { part: 'code' }, firstNew).map((way) => [
    named(way),
    ...LINES.map((line) => {
      const runs = pick(results, { part: 'code', way: way.name, line });
      const change = drift(runs.map(({ exitMs }) => exitMs));
      return change === null ? 'too few runs' : percent(change);
    }),
  ]);
  return rows.length === 0 ? NOT_IN_THIS_RUN : table(['Way', ...LINES.map(headline)], rows);
}

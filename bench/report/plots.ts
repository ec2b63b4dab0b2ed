/** Which plots a benchmark run has, one for each comparison. */
import { LINES } from '../way.ts';
import {
  type Axis,
  type Figure,
  failed,
  firstNew,
  hostCpu,
  OURS,
  pick,
  ranked,
  spreadOf,
  toHost,
  wholeCommand,
  worstPage,
} from './picks.ts';
import { type Bars, barPlot } from './plot/bars.ts';
import { type Lines, linePlot } from './plot/lines.ts';
import type { Part, Results } from './results.ts';
import { growthSizes } from './tables.ts';
import { count, LINE_TITLES, latency, seconds, size } from './text.ts';

export interface Plot {
  /** Of its file: `<name>.svg`. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

type Look = Pick<Bars, 'axis' | 'format'> & Partial<Pick<Bars, 'none' | 'log'>>;

const SECONDS: Look = { axis: 'seconds', format: seconds };
const PLAIN_BYTES: Look = { axis: 'bytes to the host', format: size, log: true };

function bars(results: Results, name: string, title: string, part: Part, of: Figure, look: Look): Plot[] {
  const groups = LINES.flatMap((line) => {
    const rows = ranked(results, { part, line }, of).map((way) => ({
      name: way.title,
      ours: way.name === OURS,
      value: spreadOf(pick(results, { part, line, way: way.name }), of),
    }));
    return rows.length === 0 ? [] : [{ title: LINE_TITLES[line], bars: rows }];
  });
  if (groups.length === 0) return [];
  return [{ name, title, svg: barPlot({ title, groups, none: 'never', log: false, ...look }) }];
}

type Growing = Pick<Lines, 'across' | 'up'>;

function lines(results: Results, name: string, title: string, axis: Axis, of: Figure, growing: Growing): Plot[] {
  const grown = ranked(results, { part: 'growth', axis }, of).flatMap((way) => {
    const points = growthSizes(results, axis).flatMap((x) => {
      const value = spreadOf(pick(results, { part: 'growth', axis, way: way.name, count: x }), of);
      return value === null ? [] : [{ x, value }];
    });
    return points.length === 0 ? [] : [{ name: way.title, ours: way.name === OURS, points }];
  });
  if (grown.length === 0) return [];
  return [{ name, title, svg: linePlot({ title, lines: grown, formatX: count, format: seconds, ...growing }) }];
}

/** Those for which something was measured. */
export function plots(results: Results): Plot[] {
  const slowest: Look = { axis: 'milliseconds and seconds', format: latency, log: true, none: 'not measured' };
  return [
    ...bars(
      results,
      'code-first-answer',
      'Code-only deploy: first answer of the new version',
      'code',
      firstNew,
      SECONDS,
    ),
    ...bars(results, 'code-exit', 'Code-only deploy: exit of the command', 'code', wholeCommand, SECONDS),
    ...bars(results, 'failed', 'Code-only deploy: failed requests', 'code', failed, {
      axis: 'requests in each deploy',
      format: count,
      none: 'not measured',
    }),
    ...bars(results, 'slowest', 'Code-only deploy: the slowest page', 'code', worstPage, slowest),
    ...bars(results, 'bump-bytes', 'One package bumped: bytes to the host', 'bump', toHost, PLAIN_BYTES),
    ...bars(results, 'bump-exit', 'One package bumped: exit of the command', 'bump', wholeCommand, SECONDS),
    ...bars(results, 'rollback', 'Rollback: exit of the command', 'rollback', wholeCommand, SECONDS),
    ...bars(results, 'unchanged', 'Nothing changed: exit of the command', 'unchanged', wholeCommand, SECONDS),
    ...lines(results, 'growth-hosts', 'More hosts at once: exit of the command', 'hosts', wholeCommand, {
      across: 'hosts',
      up: 'seconds',
    }),
    ...lines(results, 'growth-files', 'A larger unchanged environment: exit of the command', 'files', wholeCommand, {
      across: 'files',
      up: 'seconds',
    }),
    ...lines(results, 'growth-files-host', 'A larger unchanged environment: work on the host', 'files', hostCpu, {
      across: 'files',
      up: 'seconds of a processor',
    }),
    ...lines(results, 'growth-kept', 'More kept releases: exit of the command', 'kept', wholeCommand, {
      across: 'releases',
      up: 'seconds',
    }),
  ];
}

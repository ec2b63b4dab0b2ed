/** Which measurements of a benchmark run belong to what is told. */
import type { LineName } from '../way.ts';
import type { AXES, Measured, Part, Results } from './results.ts';
import { type Spread, spread } from './statistics.ts';

/** The way that all others are peers of. */
export const OURS = 'graceful';

/** Those that only take part where bytes count. */
export const SENDERS: readonly string[] = ['rsync-link-dest', 'tar-zst'];

export const hasSenders = ({ ways }: Results): boolean => ways.some(({ name }) => SENDERS.includes(name));

export type Axis = (typeof AXES)[number];

/** What to pick by; what is left out is not asked for. */
export interface Where {
  readonly part: Part;
  readonly way?: string;
  readonly line?: LineName;
  readonly axis?: Axis;
  readonly count?: number;
}

/** The measurements of one kind, in the order of measuring. */
export function pick({ runs }: Results, { part, way, line, axis, count }: Where): Measured[] {
  return runs
    .filter(
      (run) =>
        run.part === part &&
        (way === undefined || run.way === way) &&
        (line === undefined || run.line === line) &&
        (axis === undefined || run.size?.axis === axis) &&
        (count === undefined || run.size?.count === count),
    )
    .sort((a, b) => a.order - b.order);
}

/** What one measurement says of something, null where it says nothing. */
export type Figure = (run: Measured) => number | null;

export const firstNew: Figure = ({ firstNewMs }) => firstNewMs;
export const lastOld: Figure = ({ lastOldMs }) => lastOldMs;
export const wholeCommand: Figure = ({ exitMs }) => exitMs;
/** When nothing of a deploy is left to wait for: the command has ended, and visitors get the new version, and no other. */
export const wholeDeploy: Figure = ({ exitMs, firstNewMs, lastOldMs }) =>
  firstNewMs === null ? null : Math.max(exitMs, firstNewMs, lastOldMs ?? 0);
export const hostCpu: Figure = ({ hostCpuMs }) => hostCpuMs;
export const toHost: Figure = ({ bytes }) => bytes.toHost;
export const fromHost: Figure = ({ bytes }) => bytes.fromHost;
export const worstPage: Figure = ({ visitors }) => visitors?.dynamic.worstMs ?? null;
export const worstStatic: Figure = ({ visitors }) => visitors?.static.worstMs ?? null;
export const failed: Figure = ({ visitors }) =>
  visitors === null ? null : visitors.dynamic.failed + visitors.static.failed;
export const requests: Figure = ({ visitors }) =>
  visitors === null ? null : visitors.dynamic.requests + visitors.static.requests;

/** Bytes to the host of a bump, to those of the package's own files: each way has one run for each version that it was bumped to. */
export function toPackage(results: Results): Figure {
  const bumps = pick(results, { part: 'bump' });
  return (run) => {
    const earlier = bumps.filter(({ way, order }) => way === run.way && order < run.order).length;
    const own = results.baseline.bumpedPackage.bytes[earlier];
    return own === undefined ? null : run.bytes.toHost / own;
  };
}

export const figures = (runs: readonly Measured[], of: Figure): number[] =>
  runs.map(of).filter((value) => value !== null);

export const spreadOf = (runs: readonly Measured[], of: Figure): Spread | null => spread(figures(runs, of));

/** Whether the command did what it is for: it said so, and visitors, where there were any, got the other version. */
export const worked = ({ exit, visitors, firstNewMs, status }: Measured): boolean =>
  exit === 0 && (visitors === null ? status === 200 : firstNewMs !== null);

/** @returns the median of the runs that worked, of the peer with the least; null where none has any */
export function fastestPeer(results: Results, part: Part, line: LineName, of: Figure): Peer | null {
  const peers = results.ways
    .filter(({ name }) => name !== OURS)
    .flatMap(({ name, title }) => {
      const found = spreadOf(pick(results, { part, way: name, line }).filter(worked), of);
      return found === null ? [] : [{ name, title, ms: found.median }];
    });
  return peers.toSorted((a, b) => a.ms - b.ms)[0] ?? null;
}

export interface Peer {
  readonly name: string;
  readonly title: string;
  /** Milliseconds. */
  readonly ms: number;
}

/** The ways that were measured in a part: Graceful first, then by what `of` says, the least first. */
export function ranked(results: Results, where: Where, of: Figure): { name: string; title: string }[] {
  const rank = (way: string) =>
    way === OURS ? -1 : (spreadOf(pick(results, { ...where, way }), of)?.median ?? Number.POSITIVE_INFINITY);
  return results.ways
    .filter(({ name }) => pick(results, { ...where, way: name }).length > 0)
    .map(({ name, title }) => ({ name, title, rank: rank(name) }))
    .sort((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank));
}

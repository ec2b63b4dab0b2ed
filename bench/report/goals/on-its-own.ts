/** Goals that compare Graceful's runs with what is known without the peers. */
import { LINES } from '../../way.ts';
import {
  type Axis,
  figures,
  hostCpu,
  OURS,
  pick,
  spreadOf,
  toHost,
  toPackage,
  wholeCommand,
  worked,
} from '../picks.ts';
import type { Measured, Results } from '../results.ts';
import { spread } from '../statistics.ts';
import { factor, LINE_TITLES, percent, seconds, size, spreadText } from '../text.ts';
import { excess, notMeasured, undone, type Verdict, verdict } from './verdict.ts';

/** Largest ratio to the bytes of the bumped package, and to the time of one host. */
const PACKAGE = 1.15;
const EIGHT_HOSTS = 1.6;

export const FEW_FILES = 1000;
export const MANY_FILES = 50_000;
/**
 * What each of the 49 000 more files may cost, milliseconds, to call the work the same: a single `lstat` for each, the least that can
 * be asked of a file, takes the host program 2.4 microseconds of processor time. What is less than that is noise.
 */
const FOR_EACH_FILE = 0.002;

/** In part `growth` it is not asked when the first visitor got the new version: of several hosts there are none. */
const ended = ({ exit }: Measured): boolean => exit === 0;

/** Bytes to the host, each time against those of the version that it was bumped to; by the median at the line where they are most. */
export function bumpedPackage(results: Results): Verdict {
  const { name, from, to, bytes } = results.baseline.bumpedPackage;
  const own = spread(bytes);
  const lines = LINES.map((line) => {
    const runs = pick(results, { part: 'bump', way: OURS, line });
    const good = runs.filter(worked);
    return { line, runs, ratio: spreadOf(good, toPackage(results)), bytes: spreadOf(good, toHost) };
  });
  const lacking = lines.filter(({ ratio }) => ratio === null).map(({ line }) => LINE_TITLES[line]);
  if (lacking.length > 0 || own === null) return notMeasured(`${lacking.join('; ')}: no run of Graceful that worked`);
  const most = Math.max(...lines.map(({ ratio }) => ratio?.median ?? 0));
  const all = lines.flatMap(({ runs }) => runs);
  return verdict(
    lines
      .map(({ line, ratio, bytes }) => `${LINE_TITLES[line]}: ${spreadText(ratio, factor)}, ${spreadText(bytes, size)}`)
      .join('; '),
    `${factor(PACKAGE)} (${name} ${from} to ${to}: ${spreadText(own, size)})`,
    [excess(most, PACKAGE, factor), undone(all, worked)],
  );
}

const grown = (results: Results, axis: Axis, count: number) =>
  pick(results, { part: 'growth', way: OURS, axis, count });

export function manyHosts(results: Results): Verdict {
  const [one, eight] = [grown(results, 'hosts', 1), grown(results, 'hosts', 8)];
  const [short, long] = [spreadOf(one.filter(ended), wholeCommand), spreadOf(eight.filter(ended), wholeCommand)];
  if (short === null || long === null) return notMeasured('no runs that worked on one host and on eight');
  const limit = short.median * EIGHT_HOSTS;
  return verdict(
    `${factor(long.median / short.median)} (${seconds(long.median)}; one host: ${seconds(short.median)})`,
    `${factor(EIGHT_HOSTS)} (${seconds(limit)})`,
    [excess(long.median, limit, seconds), undone([...one, ...eight], ended)],
  );
}

/** What a reader has to know to judge eight hosts that are all on one machine; nothing where there is nothing to say. */
export function whatLimitedHosts(results: Results): string {
  const { cores } = results.machine;
  const eight = grown(results, 'hosts', 8);
  const start = spread(results.baseline.startMs)?.median;
  const shares = figures(eight, ({ hostCpuMs, exitMs }) => (hostCpuMs === null ? null : hostCpuMs / (exitMs * cores)));
  const share = spread(shares)?.median;
  const sentences = [
    start === undefined
      ? ''
      : `All eight hosts are on this one machine of ${cores} cores, the first of them on one core alone. Each starts its own site, and a start of ${seconds(start)} is mostly work for a processor: eight starts that share ${cores} cores take at least about ${seconds((8 * start) / cores)}, whoever deploys.`,
    share === undefined
      ? 'How much of the processors the deploys had was not measured.'
      : `The deploys’ own processes on the hosts used ${percent(share)} of the processors’ time.`,
  ];
  return eight.length === 0 ? '' : sentences.filter((sentence) => sentence !== '').join(' ');
}

/** By processor time where it was measured at both ends, else by the time of the whole command. */
export function unchangedEnv(results: Results): Verdict {
  const [few, many] = [grown(results, 'files', FEW_FILES), grown(results, 'files', MANY_FILES)];
  const byCpu = [...few, ...many].every(({ hostCpuMs }) => hostCpuMs !== null);
  const of = byCpu ? hostCpu : wholeCommand;
  const [little, much] = [spreadOf(few.filter(ended), of), spreadOf(many.filter(ended), of)];
  if (little === null || much === null) return notMeasured('no runs that worked with 1 000 files and with 50 000');
  const [before, after] = [little.median, much.median];
  const limit = before + FOR_EACH_FILE * (MANY_FILES - FEW_FILES);
  return verdict(
    `${seconds(after)} with 50 000 files, ${seconds(before)} with 1 000 (${byCpu ? 'processor time on the host' : 'the whole command'})`,
    `${seconds(limit)}: less than one \`lstat\` for each file (2 microseconds)`,
    [excess(after, limit, seconds), undone([...few, ...many], ended)],
  );
}

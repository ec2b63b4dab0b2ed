/** Goals that ask for less time than the peers take. */
import { LINES, type LineName } from '../../way.ts';
import {
  type Figure,
  fastestPeer,
  firstNew,
  OURS,
  type Peer,
  pick,
  spreadOf,
  wholeCommand,
  wholeDeploy,
  worked,
} from '../picks.ts';
import type { Measured, Part, Results } from '../results.ts';
import { spread } from '../statistics.ts';
import { factor, LINE_TITLES, seconds } from '../text.ts';
import { excess, notMeasured, undone, type Verdict, verdict } from './verdict.ts';

/** Largest parts of the fastest peer's time. */
const ABOVE_START = 0.5;
const ROLLBACK = 0.25;

export interface Race {
  readonly runs: readonly Measured[];
  /** Median of Graceful's runs that worked, milliseconds. */
  readonly ours: number;
  readonly peer: Peer;
}

/** @returns why not, where there is nothing to compare */
export function race(results: Results, part: Part, line: LineName, of: Figure): Race | string {
  const runs = pick(results, { part, way: OURS, line });
  const ours = spreadOf(runs.filter(worked), of)?.median;
  const peer = fastestPeer(results, part, line, of);
  if (ours === undefined) return 'no run of Graceful that worked';
  return peer === null ? 'no run of a peer that worked' : { runs, ours, peer };
}

/** Time to the first answer of the new version, above what the site itself needs to start. A peer counts though it drops requests. */
export function aboveStart(results: Results, line: LineName): Verdict {
  const found = race(results, 'code', line, firstNew);
  const start = spread(results.baseline.startMs)?.median;
  if (typeof found === 'string') return notMeasured(found);
  if (start === undefined) return notMeasured('the site’s own start');
  const { runs, ours, peer } = found;
  const limit = (peer.ms - start) * ABOVE_START;
  return verdict(
    `${seconds(ours - start)} (${seconds(ours)} less ${seconds(start)})`,
    `${seconds(limit)}: half of ${seconds(peer.ms - start)} (${peer.title}: ${seconds(peer.ms)})`,
    [excess(ours - start, limit, seconds), undone(runs, worked)],
  );
}

/** Some commands end before the version that they deploy answers: how long the commands alone took is told besides. */
export function whole(results: Results, line: LineName): Verdict {
  const found = race(results, 'code', line, wholeDeploy);
  const alone = race(results, 'code', line, wholeCommand);
  if (typeof found === 'string') return notMeasured(found);
  if (typeof alone === 'string') return notMeasured(alone);
  const { runs, ours, peer } = found;
  const slower = ours === peer.ms ? 'not faster' : excess(ours, peer.ms, seconds);
  return verdict(
    `${seconds(ours)} (the command alone: ${seconds(alone.ours)})`,
    `${seconds(peer.ms)} (${peer.title}; the command alone: ${seconds(alone.peer.ms)}, ${alone.peer.title})`,
    [slower, undone(runs, worked)],
  );
}

/** All lines in one: met where it is met at each. */
export function rollback(results: Results): Verdict {
  const found = LINES.map((line) => ({ line, race: race(results, 'rollback', line, wholeCommand) }));
  const lacking = found.flatMap(({ line, race }) =>
    typeof race === 'string' ? [`${LINE_TITLES[line]}: ${race}`] : [],
  );
  if (lacking.length > 0) return notMeasured(lacking.join('; '));
  const races = found.flatMap(({ line, race }) => (typeof race === 'string' ? [] : [{ line, ...race }]));
  return verdict(
    races
      .map(({ line, ours, peer }) => `${LINE_TITLES[line]}: ${factor(ours / peer.ms)} (${seconds(ours)})`)
      .join('; '),
    races
      .map(
        ({ line, peer }) => `${LINE_TITLES[line]}: ${seconds(peer.ms * ROLLBACK)} (${peer.title}: ${seconds(peer.ms)})`,
      )
      .join('; '),
    races.flatMap(({ line, runs, ours, peer }) =>
      [excess(ours, peer.ms * ROLLBACK, seconds), undone(runs, worked)]
        .filter((reason) => reason !== '')
        .map((reason) => `${LINE_TITLES[line]}: ${reason}`),
    ),
  );
}

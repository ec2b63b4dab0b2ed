/** What Graceful is to reach in a benchmark run, and whether it did. */
import { LINES, type LineName } from '../way.ts';
import { aboveStart, rollback, whole } from './goals/against-peers.ts';
import { cachedEnv, coldEnv } from './goals/building.ts';
import { bumpedPackage, manyHosts, unchangedEnv } from './goals/on-its-own.ts';
import { unnoticed } from './goals/unnoticed.ts';
import type { Verdict } from './goals/verdict.ts';
import type { Results } from './results.ts';

export type Kind = 'start' | 'whole' | 'rollback' | 'package' | 'visitors' | 'hosts' | 'env' | 'cold' | 'cached';

/** `line` is null where a goal is asked for once, and not at every line. */
export type Goal = { readonly kind: Kind; readonly line: LineName | null; readonly asks: string } & Verdict;

interface AtEveryLine {
  readonly kind: Kind;
  readonly asks: string;
  judge(results: Results, line: LineName): Verdict;
}

interface Once {
  readonly kind: Kind;
  readonly asks: string;
  judge(results: Results): Verdict;
}

const AT_EVERY_LINE: readonly AtEveryLine[] = [
  {
    kind: 'start',
    asks: 'A code-only deploy: from the command’s start to the first answer of the new version, less the site’s own start, at most 0.5 x the fastest peer’s',
    judge: aboveStart,
  },
  {
    kind: 'whole',
    asks: 'A whole code-only deploy, until the command has ended and visitors get the new version alone, faster than every peer’s',
    judge: whole,
  },
];

const ONCE: readonly Once[] = [
  {
    kind: 'rollback',
    asks: 'A rollback, to the command’s exit, at most 0.25 x the fastest peer’s, at each link',
    judge: rollback,
  },
  {
    kind: 'package',
    asks: 'One package bumped: bytes to the host at most 1.15 x that package’s own compressed files, at each link',
    judge: bumpedPackage,
  },
  {
    kind: 'visitors',
    asks: 'No request failed and none slower than 100 ms or 3 x the quiet site’s slowest, whichever is more, in all of Graceful’s runs, broken commits included',
    judge: unnoticed,
  },
  {
    kind: 'hosts',
    asks: 'Eight hosts in at most 1.6 x the time of one',
    judge: manyHosts,
  },
  {
    kind: 'env',
    asks: 'Host-side work for an unchanged environment independent of its size',
    judge: unchangedEnv,
  },
  {
    kind: 'cold',
    asks: 'An environment built with nothing kept but the wheels, in at most 1.2 x the time of a bare `uv pip sync` of the same list',
    judge: coldEnv,
  },
  {
    kind: 'cached',
    asks: 'An environment that the runner has kept, in under 2 s besides what reading it takes',
    judge: cachedEnv,
  },
];

/** All goals, each judged by one benchmark run. */
export function goals(results: Results): Goal[] {
  return [
    ...AT_EVERY_LINE.flatMap(({ kind, asks, judge }) =>
      LINES.map((line) => ({ kind, line, asks, ...judge(results, line) })),
    ),
    ...ONCE.map(({ kind, asks, judge }) => ({ kind, line: null, asks, ...judge(results) })),
  ];
}

/** The last line of the page and of `npm run bench`. What was not measured is not met. */
export function lastLine(goals: readonly Goal[]): string {
  return `bench: ${goals.filter(({ state }) => state === 'met').length} of ${goals.length} goals met`;
}

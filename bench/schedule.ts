/** What a benchmark run does, one step after the other. Pure. */
import { type AXES, PARTS, type Part } from './report/results.ts';
import type { LineName } from './way.ts';

/** What can be chosen to be measured: of the ways, and how long an environment takes on the runner's side. */
export const CHOICES = [...PARTS, 'environment'] as const;
export type Chosen = (typeof CHOICES)[number];

export type Axis = (typeof AXES)[number];

/** How large a deploy is made, and along which axis. */
export interface Size {
  readonly axis: Axis;
  readonly count: number;
}

export interface RunStep {
  readonly kind: 'run';
  readonly way: string;
  readonly verb: 'deploy' | 'rollback';
  /** null: it only makes the place ready for what is measured, so it has to succeed. */
  readonly part: Part | null;
  readonly size: Size | null;
}

export type Step =
  | { readonly kind: 'line'; readonly line: LineName }
  /** A new version is pushed; what is `broken` is so in this one alone. */
  | { readonly kind: 'commit'; readonly bump: boolean; readonly broken: boolean }
  /** What everything else is compared with, where all sites are up and nothing goes on. */
  | { readonly kind: 'baseline' }
  /** The site becomes so large, and its host keeps so much. */
  | { readonly kind: 'grow'; readonly way: string; readonly size: Size }
  | RunStep;

/** A way as the schedule sees it. */
export interface Contestant {
  readonly name: string;
  /** Has a rollback. */
  readonly rollback: boolean;
  /** Takes part only where bytes count. */
  readonly onlyBytes: boolean;
}

export interface Plan {
  readonly contestants: readonly Contestant[];
  readonly parts: readonly Chosen[];
  readonly lines: readonly LineName[];
  readonly repetitions: Readonly<Record<LineName, number>>;
  /** Whose growth is measured; null: nobody's. */
  readonly growing: string | null;
  readonly seed: number;
}

export const REPETITIONS: Readonly<Record<LineName, number>> = { local: 10, '100mbit': 5, '100mbit-40ms': 5 };
export const ONCE: Readonly<Record<LineName, number>> = { local: 1, '100mbit': 1, '100mbit-40ms': 1 };

/** The hosts come last: those that are there by then stay, and would take something from what else is measured. */
export const SIZES: readonly Size[] = [
  ...[5, 50, 200].map((count) => ({ axis: 'kept', count }) as const),
  ...[1_000, 5_000, 20_000, 50_000].map((count) => ({ axis: 'files', count }) as const),
  ...[1, 2, 4, 8].map((count) => ({ axis: 'hosts', count }) as const),
];
/** The more the less it takes to tell a difference from chance: of the files it has to be found to a tenth of a second. */
const GROWTH_REPETITIONS: Readonly<Record<Axis, number>> = { kept: 5, files: 8, hosts: 5 };

const COMMIT = { kind: 'commit', bump: false, broken: false } as const;

/** The ways take turns, in another order in each round, and so do the lines; before anything is measured each way has deployed twice. */
export function schedule(plan: Plan): Step[] {
  const { contestants, parts, lines, growing } = plan;
  const shuffle = shuffler(plan.seed);
  const counts = parts.includes('bump') ? contestants : contestants.filter(({ onlyBytes }) => !onlyBytes);
  const whole = counts.filter(({ onlyBytes }) => !onlyBytes);
  const deploys = (part: Part | null, who: readonly Contestant[]): Step[] =>
    shuffle(who).map(({ name }) => run(name, 'deploy', part));

  /** In one round all ways meet the same two commits, each of them in an order of its own. */
  const round = (): Step[] => [
    ...meet(COMMIT, shuffle(whole), (contestant) => withCode(contestant, parts)),
    ...meet({ ...COMMIT, bump: parts.includes('bump') }, shuffle(counts), (contestant) => withBump(contestant, parts)),
  ];
  const warmUp: Step[] = [COMMIT, ...deploys(null, counts), COMMIT, ...deploys(null, counts)];
  // Some sites are down after a broken commit: a good one brings them up for the next line. After the last line nobody deploys to them any more.
  const broken = lines.flatMap((line, index): Step[] => [
    ...(index === 0 ? [] : [COMMIT, ...deploys(null, whole)]),
    { kind: 'line', line },
    { ...COMMIT, broken: true },
    ...deploys('broken', whole),
  ]);
  return [
    { kind: 'line', line: 'local' },
    ...warmUp,
    { kind: 'baseline' },
    ...turns(lines, plan.repetitions).flatMap((line): Step[] => [{ kind: 'line', line }, ...round()]),
    ...(parts.includes('broken') ? broken : []),
    ...(parts.includes('growth') && lines.includes('local') && growing !== null ? growth(growing, shuffle) : []),
  ];
}

/** The line of each round: those of each line are spread evenly over the whole. */
function turns(lines: readonly LineName[], repetitions: Plan['repetitions']): LineName[] {
  const rounds = lines.flatMap((line) =>
    Array.from({ length: repetitions[line] }, (_, index) => ({ line, at: (index + 0.5) / repetitions[line] })),
  );
  return rounds.sort((a, b) => a.at - b.at).map(({ line }) => line);
}

function meet(commit: Step, ways: readonly Contestant[], turn: (contestant: Contestant) => Step[]): Step[] {
  const steps = ways.flatMap(turn);
  return steps.length === 0 ? [] : [commit, ...steps];
}

/**
 * The rollback comes straight after the deploy it belongs to: most tools make a release of an unchanged commit, too, and would go back to
 * the same version.
 */
function withCode({ name, rollback }: Contestant, parts: readonly Chosen[]): Step[] {
  const code = parts.includes('code');
  const back = rollback && parts.includes('rollback') ? [run(name, 'rollback', 'rollback')] : [];
  return code || back.length > 0 ? [run(name, 'deploy', code ? 'code' : null), ...back] : [];
}

/** Brings those forth again that went back; what is deployed once more is unchanged. */
function withBump({ name, onlyBytes }: Contestant, parts: readonly Chosen[]): Step[] {
  const bump = parts.includes('bump');
  const again = parts.includes('unchanged') && !onlyBytes ? [run(name, 'deploy', 'unchanged')] : [];
  return bump || again.length > 0 ? [run(name, 'deploy', bump ? 'bump' : null), ...again] : [];
}

/** Environments take turns, so that whatever changes meanwhile hits all alike. What is measured has the one that is live already. */
function growth(way: string, shuffle: Shuffle): Step[] {
  const grow = (size: Size): Step[] => [{ kind: 'grow', way, size }, COMMIT, run(way, 'deploy', null)];
  const measured = (size: Size): Step[] => [COMMIT, run(way, 'deploy', 'growth', size)];
  const along = (axis: Axis): Size[] => SIZES.filter((size) => size.axis === axis);
  const times = (axis: Axis, steps: () => Step[]): Step[] =>
    Array.from({ length: GROWTH_REPETITIONS[axis] }, steps).flat();
  const oneByOne = (axis: Axis): Step[] =>
    along(axis).flatMap((size) => [...grow(size), ...times(axis, () => measured(size))]);
  return [
    { kind: 'line', line: 'local' },
    ...oneByOne('kept'),
    // Each is built, and sent, once.
    ...along('files').flatMap(grow),
    ...times('files', () => shuffle(along('files')).flatMap((size) => [...grow(size), ...measured(size)])),
    ...oneByOne('hosts'),
  ];
}

function run(way: string, verb: RunStep['verb'], part: Part | null, size: Size | null = null): RunStep {
  return { kind: 'run', way, verb, part, size };
}

type Shuffle = <T>(items: readonly T[]) => T[];

/** Fisher and Yates' shuffle by a small generator (mulberry32): the same seed gives the same orders. */
function shuffler(seed: number): Shuffle {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return (items) => {
    const left = [...items];
    return items.flatMap(() => left.splice(Math.floor(next() * left.length), 1));
  };
}

export interface Choice {
  readonly parts: readonly Chosen[];
  readonly lines: readonly LineName[];
  readonly ways: readonly string[];
}

/**
 * What names of parts, ways and lines leave of all; where none of a kind is named, all of that kind.
 * @throws Error naming one that is none of them
 */
export function choose(names: readonly string[], all: Choice): Choice {
  const known = [...all.parts, ...all.lines, ...all.ways];
  const strange = names.filter((name) => !known.includes(name));
  if (strange.length > 0) throw new Error(`--only ${strange.join(', ')}: there are ${known.join(', ')}`);
  const named = <T extends string>(of: readonly T[]): readonly T[] => {
    const some = of.filter((name) => names.includes(name));
    return some.length === 0 ? of : some;
  };
  return { parts: named(all.parts), lines: named(all.lines), ways: named(all.ways) };
}

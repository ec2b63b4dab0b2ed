/** A whole benchmark run: everything is set up, the schedule is played, and all that was measured is handed over. */

import { measureBaseline } from './baseline.ts';
import { type Bed, makeBed } from './bed/host.ts';
import { BUMPS } from './bed/wheels.ts';
import { measureEnvironment } from './environment.ts';
import { commitOf, machine, siteOf, versionsOf } from './machine.ts';
import { type Entrant, makePlayer, type Player } from './play.ts';
import { type Done, remaining } from './remaining.ts';
import type { Measured, Results } from './report/results.ts';
import { type Choice, type Contestant, ONCE, REPETITIONS, type Step, schedule } from './schedule.ts';
import type { Way } from './way.ts';
import { GRACEFUL } from './ways/graceful.ts';
import { ONLY_BYTES } from './ways/index.ts';

export interface Order {
  /** In the order of the tables; Graceful is always among them: the others are compared with it. */
  readonly ways: readonly Way[];
  readonly parts: Choice['parts'];
  readonly lines: Choice['lines'];
  readonly quick: boolean;
  readonly tell: (line: string) => void;
  /** Ends it after the step that is under way, whose command is killed. Nothing is left behind. */
  readonly signal: AbortSignal;
}

/** The same orders in each run. */
const SEED = 6;

/** What the runs are compared with, and what they deployed. */
type Compared = Pick<Results, 'baseline' | 'site'>;

/** How often the server is started by hand, the quiet site watched, and an environment built. */
const BASELINES = 5;

/** How often it is told how long it will still take. */
const TELL_EVERY_MS = 5 * 60_000;

/** What was measured, and what ended it before all was; null where nothing did. */
export interface Outcome {
  readonly results: Results;
  readonly failure: unknown;
}

/** @throws Error naming a way that cannot be installed, before anything else is done; and whatever fails before the baseline */
export async function bench(order: Order): Promise<Outcome> {
  const began = performance.now();
  const at = new Date().toISOString();
  const { ways, quick, tell } = order;
  const installed = await install(ways, tell);
  await using bed = await makeBed();
  const entrants = await setUp(ways, bed, tell);
  const steps = scheduleOf(order, entrants);
  const ours = entrants.get(GRACEFUL.name);
  if (ours === undefined) throw new Error('Graceful itself has to be among the ways');
  const { site, hostName } = ours.ground;
  const { host, visitors, project } = bed;
  const bumps = bumpsOf(steps);
  const repetitions = quick ? 1 : BASELINES;
  const builds = order.parts.includes('environment') ? repetitions : 0;
  const measureIdle = async (): Promise<Compared> => ({
    baseline: {
      ...(await measureBaseline({ host, visitors, site, hostName, repetitions, bumps })),
      environment: await measureEnvironment(bed, ours.ground, builds),
    },
    site: await siteOf(host, project, site),
  });
  const { failure, ...played } = await playAll(steps, makePlayer(bed, entrants, order.signal), measureIdle, tell);
  const results = {
    at,
    commit: commitOf(),
    quick,
    took: Math.round((performance.now() - began) / 1000),
    machine: machine(),
    versions: { ...(await versionsOf(host)), ...installed },
    ways: ways.map(({ name, title, how }) => ({ name, title, how })),
    ...played,
  };
  return { results, failure };
}

async function install(ways: readonly Way[], tell: Order['tell']): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  for (const way of ways) {
    tell(`install ${way.name}`);
    try {
      Object.assign(versions, await way.install());
    } catch (cause) {
      throw new Error(`${way.title} (${way.name}) cannot be installed: nothing was measured`, { cause });
    }
  }
  return versions;
}

async function setUp(ways: readonly Way[], bed: Bed, tell: Order['tell']): Promise<Map<string, Entrant>> {
  const entrants = new Map<string, Entrant>();
  for (const way of ways) {
    tell(`set up ${way.name}`);
    const ground = await bed.ground(way.name);
    entrants.set(way.name, { way, ground, ready: await way.setUp(ground) });
  }
  return entrants;
}

function scheduleOf({ parts, lines, quick }: Order, entrants: ReadonlyMap<string, Entrant>): Step[] {
  const onlyBytes = ONLY_BYTES.map(({ name }) => name);
  const contestants = [...entrants].map(
    ([name, { ready }]): Contestant => ({
      name,
      rollback: ready.rollback !== undefined,
      onlyBytes: onlyBytes.includes(name),
    }),
  );
  const repetitions = quick ? ONCE : REPETITIONS;
  const steps = schedule({ contestants, parts, lines, repetitions, growing: quick ? null : GRACEFUL.name, seed: SEED });
  if (bumpsOf(steps) >= BUMPS.length) throw new Error(`${bumpsOf(steps)} bumps, and only ${BUMPS.length} versions`);
  return steps;
}

const bumpsOf = (steps: readonly Step[]): number => steps.filter((step) => step.kind === 'commit' && step.bump).length;

/** What was measured in hours is not thrown away because something fails at last. */
async function playAll(
  steps: readonly Step[],
  player: Player,
  measureIdle: () => Promise<Compared>,
  tell: Order['tell'],
): Promise<Compared & Pick<Results, 'runs'> & Pick<Outcome, 'failure'>> {
  const runs: Measured[] = [];
  const done: Done[] = [];
  let told = performance.now();
  const total = steps.filter((step) => step.kind === 'run').length;
  let number = 0;
  let compared: Compared | undefined;
  async function play(step: Exclude<Step, { kind: 'baseline' }>): Promise<void> {
    const played = await player.play(step);
    if (step.kind !== 'run') return;
    number += 1;
    tell(`${number}/${total} ${played === null ? `${step.way}: made ready` : lineOf(played.measured)}`);
    if (played === null) return;
    const { measured, log } = played;
    runs.push(measured);
    if (measured.exit !== 0 && measured.part !== 'broken') tell(log);
  }
  try {
    for (const [at, step] of steps.entries()) {
      const began = performance.now();
      if (began - told > TELL_EVERY_MS) {
        told = began;
        tell(`about ${Math.ceil(remaining(done, steps.slice(at)) / 60_000)} minutes left`);
      }
      if (step.kind === 'baseline') {
        tell('baseline');
        compared = await measureIdle();
      } else await play(step);
      done.push({ step, ms: performance.now() - began });
    }
  } catch (failure) {
    if (compared === undefined) throw failure;
    return { ...compared, runs, failure };
  }
  if (compared === undefined) throw new Error('the schedule has no baseline');
  return { ...compared, runs, failure: null };
}

/** What one run gave, in one line. Pure. */
export function lineOf(one: Measured): string {
  const ms = (time: number | null): string => (time === null ? '-' : `${(time / 1000).toFixed(2)} s`);
  const { visitors } = one;
  const failed = visitors === null ? '-' : visitors.dynamic.failed + visitors.static.failed;
  const size = one.size === null ? '' : ` ${one.size.axis} ${one.size.count}`;
  return [
    `${one.part}${size}, ${one.line}, ${one.way}: exit ${one.exit} after ${ms(one.exitMs)}`,
    `first new ${ms(one.firstNewMs)}, last old ${ms(one.lastOldMs)}`,
    `${failed} failed, slowest ${ms(visitors?.dynamic.worstMs ?? null)}`,
    `${Math.round(one.bytes.toHost / 1000)} kB sent`,
    `then ${one.status ?? 'no answer'}, version ${one.serves ?? '-'}`,
  ].join('; ');
}

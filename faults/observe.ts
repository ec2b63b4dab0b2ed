import { startLoad } from '../testbed/load.ts';
import type { StepResult } from '../testbed/runner.ts';
import type { Leaves, Span } from './trial.ts';
import { type Facts, verdict } from './verdict.ts';
import type { Live, World } from './world.ts';

/** Requests a second: enough to hit any gap, and few enough for several hosts on two cores. */
export const RATE = 20;

/** What is expected of a case that is no fault at one step. */
export interface Watching {
  readonly leaves: Leaves;
  /** Visitors may be failed for so long, all in one go: the release that they get died after the switch. Milliseconds. */
  readonly outage?: number;
  /** There are no visitors: they are cut off too, or what they would see is not the point. */
  readonly unseen?: true;
  /** The runner may have ended without a result, saying that it cannot use the host. */
  readonly blinded?: true;
}

/** What a case came to. */
export interface Done {
  readonly runner: StepResult | undefined;
  readonly target: Partial<Live>;
  readonly down?: readonly Span[];
  /** What the case found by itself. */
  readonly found?: readonly string[];
}

/** Plays a case under load, and checks all that must hold after any. @returns what does not hold */
export async function observe(world: World, watching: Watching, work: () => Promise<Done>): Promise<string[]> {
  const before = await world.answers();
  await using load = watching.unseen ? undefined : await startLoad(world.shop.host, { rate: RATE });
  let done: Done;
  try {
    done = await work();
  } finally {
    world.shop.face.open();
  }
  const facts: Facts = {
    before,
    target: done.target,
    leaves: watching.leaves,
    runner: done.runner,
    blinded: watching.blinded === true,
    load,
    down: done.down ?? [],
    ...(watching.outage === undefined ? {} : { outage: watching.outage }),
  };
  return [...(done.found ?? []), ...(await verdict(world, facts))];
}

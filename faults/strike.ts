import { startLoad } from '../testbed/load.ts';
import type { Fault } from './faults.ts';
import { RATE } from './observe.ts';
import type { Operation } from './operation.ts';
import { standStillAt, standStillReceiving } from './standstill.ts';
import type { Act, Leaves, Span, Trial } from './trial.ts';
import { verdict } from './verdict.ts';
import type { Live, World } from './world.ts';

/** An operation begins under load, stands still at the step, and is struck there. @returns what does not hold after it */
export async function strikeCase(world: World, operation: Operation, step: string, fault: Fault): Promise<string[]> {
  const { host, site, face } = world.shop;
  await operation.prepare?.(world);
  const before = operation.outage ? await expected(world) : await world.answers();
  await using load = operation.outage
    ? undefined
    : await startLoad(host, { rate: RATE, ...(fault.readOnly ? { posts: 0 } : {}) });
  const { reached } = await (operation.receiving
    ? standStillReceiving(host, site.root)
    : standStillAt(host, site.root, step, operation.also));
  const act = await operation.begin(world, step);
  const down: Span[] = [];
  try {
    const trial: Trial = { world, act, down, still: await Promise.race([reached, tooSoon(act, step)]) };
    await fault.strike(trial);
    await act.over;
  } finally {
    face.open();
  }
  const found = (await operation.settle?.(world)) ?? [];
  const after = await verdict(world, {
    before,
    target: act.target,
    leaves: leaves(operation, step, fault),
    runner: await act.runner?.result,
    blinded: fault.blinds === true || operation.receiving === true,
    load,
    down,
    ...(operation.next === undefined ? {} : { next: operation.next }),
  });
  return [...found, ...after];
}

/** What would be served if anything were. */
async function expected({ shop }: World): Promise<Partial<Live>> {
  const { current } = (await shop.status()).links;
  return current === null ? {} : { release: current };
}

/** Rejects when the operation is over: it stands still nowhere then. */
async function tooSoon(act: Act, step: string): Promise<never> {
  const told = await act.over;
  const log = (await act.runner?.result)?.log ?? JSON.stringify(told);
  throw new Error(`it was over before the journal had a record of ${step}:\n${log.slice(-3_000)}`);
}

/** What may serve after a fault at a step. */
export function leaves({ decides, receiving, after = [] }: Operation, step: string, fault: Fault): Leaves {
  if (decides === null) return 'old';
  if (after.includes(step)) return 'new';
  // No operation runs yet, which would decide: a runner that is back in time goes on, another one gives up.
  if (receiving) return 'either';
  // The runner asks once more for what the host knows nothing of.
  if (fault.forgets && (step === 'begin' || step === decides)) return 'either';
  // All room that the rest needs was taken before the switch.
  if (fault.readOnly && step === 'switch') return 'new';
  return step === decides ? 'new' : fault.leaves;
}

import type { StepResult } from '../testbed/runner.ts';
import type { Standstill } from './standstill.ts';
import type { Live, World } from './world.ts';

/** From and to, milliseconds since the epoch. */
export type Span = readonly [from: number, to: number];

/** An operation that was begun. */
export interface Act {
  /** The runner's step, where a runner asked for it. */
  readonly runner?: { kill(signal: NodeJS.Signals): void; readonly result: Promise<StepResult> };
  /** Resolves when whoever asked for the operation is done with it, however it ended. */
  readonly over: Promise<unknown>;
  /** What serves when it goes through; without a release's id where only the host knows that. */
  readonly target: Partial<Live>;
}

/** One case under way: a fault and an operation that stands still at a step. */
export interface Trial {
  readonly world: World;
  readonly act: Act;
  readonly still: Standstill;
  /** When visitors could not be served, for the host itself was down; faults add to it. */
  readonly down: Span[];
}

/** What may serve after a case. */
export type Leaves = 'old' | 'new' | 'either';

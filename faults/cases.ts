import { FAULTS } from './faults.ts';
import { HOST_CASES } from './host.ts';
import { OPERATIONS } from './operations.ts';
import { PROMISE_CASES } from './promises.ts';
import { SITE_CASES } from './site.ts';
import { soak } from './soak.ts';
import { STREAM_CASES } from './stream.ts';
import { strikeCase } from './strike.ts';
import { SYNC_CASES } from './syncs.ts';
import { TOGETHER_CASES } from './together.ts';
import { UNCONFIRMED_CASES } from './unconfirmed.ts';
import type { World } from './world.ts';

/** One thing that goes wrong, and everything that must hold after it. */
export interface Case {
  /** `<operation>/<step>/<fault>`, or `<group>/<name>`. */
  readonly id: string;
  /** In words. */
  readonly says: string;
  /** Leaves a host that is like no other: nothing else is played on it. */
  readonly spoils?: true;
  /** Plays it on a world that others have been on and will be. @returns what does not hold, each in words */
  play(world: World): Promise<string[]>;
}

/** A tenth of `npm run soak`. */
const SOAK_CASE: Case = {
  id: 'soak/20-rounds',
  says: '20 deploys and rollbacks in a row',
  play: (world) => soak(world, 20),
};

/** Each fault at each step of each operation. */
function stepCases(): Case[] {
  return OPERATIONS.flatMap((operation) =>
    operation.steps.flatMap((step) =>
      FAULTS.filter(
        ({ id, ofRunner }) => (operation.runner || !ofRunner) && (operation.faults?.includes(id) ?? true),
      ).map((fault) => ({
        id: `${operation.id}/${step}/${fault.id}`,
        says: `${operation.says} stands at ${step}, and ${fault.says}`,
        play: (world: World) => strikeCase(world, operation, step, fault),
      })),
    ),
  );
}

/** All cases, in the order in which they are played. */
export function allCases(): Case[] {
  return [
    ...stepCases(),
    ...SITE_CASES,
    ...UNCONFIRMED_CASES,
    ...PROMISE_CASES,
    ...TOGETHER_CASES,
    ...STREAM_CASES,
    ...HOST_CASES,
    ...SYNC_CASES,
    SOAK_CASE,
  ];
}

/** Kinds of journal records that no case strikes at. */
export function untried(records: readonly string[]): string[] {
  const tried = new Set(OPERATIONS.flatMap(({ steps }) => steps));
  return records.filter((record) => !tried.has(record));
}

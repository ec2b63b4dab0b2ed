import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../scripts/in-parallel.ts';
import type { Case } from './cases.ts';
import { BROKE, Unmet } from './unmet.ts';
import { makeWorld, type World } from './world.ts';

const words = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** How a case went. */
export interface Played {
  readonly case: Case;
  /** What did not hold, each in words. */
  readonly violations: readonly string[];
  readonly ms: number;
}

/** After so many cases a host has so many releases that a new one is quicker. */
const WEAR = 25;

/** Longest that a case may take, milliseconds. */
const LIMIT = 900_000;

async function inTime(playing: Promise<string[]>): Promise<string[]> {
  const late = new AbortController();
  const over = sleep(LIMIT, [`it came to no end within ${LIMIT / 1_000} s`], { signal: late.signal });
  over.catch(() => undefined);
  try {
    return await Promise.race([playing, over]);
  } finally {
    late.abort();
  }
}

/**
 * Plays cases on several hosts at once; a host on which something did not hold is not used for another case.
 * @param onPlayed is told of each case when it is over
 */
export async function playAll(
  cases: readonly Case[],
  hosts: number,
  onPlayed: (one: Played) => void,
): Promise<Played[]> {
  const played: Played[] = [];
  const free: { world: World; worn: number }[] = [];
  try {
    await inParallel(cases, hosts, async (one) => {
      const began = performance.now();
      const host = free.pop();
      let world = host?.world;
      let violations: string[];
      try {
        world ??= await makeWorld();
        violations = await inTime(one.play(world));
      } catch (error) {
        violations = [error instanceof Unmet ? error.message : BROKE + words(error)];
      }
      const result = { case: one, violations, ms: performance.now() - began };
      played.push(result);
      onPlayed(result);
      const worn = (host?.worn ?? 0) + 1;
      if (world !== undefined && violations.length === 0 && worn < WEAR && !one.spoils) free.push({ world, worn });
      else await world?.[Symbol.asyncDispose]();
    });
  } finally {
    for (const { world } of free) await world[Symbol.asyncDispose]();
  }
  return played;
}

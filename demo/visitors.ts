import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadRecord, startLoad } from '../testbed/load.ts';
import { type LoadSummary, summarise } from '../testbed/summary.ts';

/** Requests a second. */
export const RATE = 50;
/** Visitors come this long before and after what they are to notice nothing of, milliseconds. */
const BEFORE = 1_000;
const AFTER = 1_000;

/** What visitors met while something went on. */
export interface Visited<T> {
  readonly result: T;
  readonly seen: LoadSummary;
  readonly records: readonly LoadRecord[];
}

/** Lets visitors come, page views and orders, while the work goes on. None of their requests is ever repeated. */
export async function amongVisitors<T>(address: string, work: () => Promise<T>): Promise<Visited<T>> {
  await using load = await startLoad({ address }, { rate: RATE });
  await sleep(BEFORE);
  const result = await work();
  await sleep(AFTER);
  const records = await load.stop();
  return { result, seen: summarise(records), records };
}

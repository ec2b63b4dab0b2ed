import { type LoadRecord, summarise } from '../testbed/load.ts';
import type { Span } from './trial.ts';

/** The one time at which requests failed, or undefined where none did. */
export function outageOf(records: readonly LoadRecord[]): Span | undefined {
  const failed = records.filter((record) => summarise([record]).failed > 0);
  if (failed.length === 0) return undefined;
  return [Math.min(...failed.map(({ start }) => start)), Math.max(...failed.map(({ start }) => start))];
}

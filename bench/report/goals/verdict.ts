/** Whether something that was measured is what was asked for. */
import type { Measured } from '../results.ts';
import { percent } from '../text.ts';

export type Verdict =
  | {
      readonly state: 'met' | 'missed';
      readonly measured: string;
      readonly limit: string;
      /** By how much it was missed; empty where it was met. */
      readonly by: string;
    }
  | { readonly state: 'not measured'; readonly why: string };

export const notMeasured = (why: string): Verdict => ({ state: 'not measured', why });

/** What lies over a limit, or nothing: `0.12 s too much (24 %)`. */
export function excess(value: number, limit: number, format: (value: number) => string): string {
  return value <= limit ? '' : `${format(value - limit)} too much (${percent(value / limit - 1)})`;
}

/** Runs that did not do what they were for, or nothing: such figures are worth nothing, however good. */
export function undone(runs: readonly Measured[], worked: (run: Measured) => boolean): string {
  const undone = runs.filter((run) => !worked(run)).length;
  return undone === 0 ? '' : `${undone} of ${runs.length} runs did not do what they were for`;
}

/** Met if nothing speaks against it. */
export function verdict(measured: string, limit: string, against: readonly string[]): Verdict {
  const by = against.filter((reason) => reason !== '').join('; ');
  return { state: by === '' ? 'met' : 'missed', measured, limit, by };
}

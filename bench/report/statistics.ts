/** The few sums that a benchmark needs, on plain numbers. */

/** What is told of one thing that was measured several times. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** @returns the middle one in size, or the mean of the middle two; of at least one number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [below, above] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (below === undefined || above === undefined) throw new Error('no numbers have no median');
  return (below + above) / 2;
}

/** @returns null of no numbers */
export function spread(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), count: values.length };
}

/**
 * How far the later half of what was measured lies from the earlier half, by their medians: 0.1 is a tenth slower.
 * @param values in the order of measuring
 * @returns null of fewer than four, which show none
 */
export function drift(values: readonly number[]): number | null {
  if (values.length < 4) return null;
  const half = Math.floor(values.length / 2);
  return median(values.slice(-half)) / median(values.slice(0, half)) - 1;
}

/** Where a value lies on an axis. */

export interface Scale {
  /** Pixels. */
  place(value: number): number;
  /** Values to write at the axis. */
  readonly ticks: readonly number[];
}

/** From nothing to a round number, with some five steps of 1, 2 or 5. */
export function linear(most: number, from: number, to: number): Scale {
  const rough = (most === 0 ? 5 : most) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((digit) => digit * power >= rough) ?? 10);
  const steps = Math.max(1, Math.ceil(most / step));
  return {
    place: (value) => from + ((to - from) * value) / (steps * step),
    ticks: Array.from({ length: steps + 1 }, (_, index) => index * step),
  };
}

/** Powers of ten; what is less than the first stands at it, as nothing does. */
export function logarithmic(least: number, most: number, from: number, to: number): Scale {
  const [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const powers = Math.max(1, high - low);
  return {
    place: (value) => from + ((to - from) * Math.max(0, Math.log10(Math.max(value, 10 ** low)) - low)) / powers,
    ticks: Array.from({ length: powers + 1 }, (_, index) => 10 ** (low + index)),
  };
}

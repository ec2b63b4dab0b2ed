/** How figures read. */
import { seconds, size as wholeSize } from '../../src/report/text.ts';
import type { LineName } from '../way.ts';
import type { Spread } from './statistics.ts';

export { seconds };

/** `3.1 MB`; medians may have half bytes. */
export const size = (bytes: number): string => wholeSize(Math.round(bytes));

export const LINE_TITLES: Readonly<Record<LineName, string>> = {
  local: 'local link',
  '100mbit': '100 Mbit/s',
  '100mbit-40ms': '100 Mbit/s, 40 ms round trip',
};

/** `84 ms`, `1.25 s`: for what is short as a rule. */
export const latency = (ms: number): string => (ms < 999.5 ? `${ms.toFixed(0)} ms` : seconds(ms));

/** `0.43 x` */
export const factor = (value: number): string => `${value.toFixed(2)} x`;

/** `12 %`, `-3 %` */
export const percent = (share: number): string => `${(Math.round(share * 100) || 0).toFixed(0)} %`;

/** `1 234` with a narrow space that does not break. */
export const count = (value: number): string => value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** `0.84 s (0.80 s to 0.91 s)`; `never` of nothing, as of the first answer of a version that did not come. */
export function spreadText(of: Spread | null, format: (value: number) => string, none = 'never'): string {
  if (of === null) return none;
  const [least, most] = [format(of.min), format(of.max)];
  return least === most ? format(of.median) : `${format(of.median)} (${least} to ${most})`;
}

/** Bars, one for each way, in groups. */
import type { Spread } from '../statistics.ts';
import { spreadText } from '../text.ts';
import { linear, logarithmic, type Scale } from './scale.ts';
import { at, label, rule, sheet, short, WIDTH, whisker } from './svg.ts';

export interface Bar {
  readonly name: string;
  /** Stands out. */
  readonly ours: boolean;
  /** Null where there was nothing to measure. */
  readonly value: Spread | null;
}

export interface Bars {
  readonly title: string;
  /** What the axis shows, e.g. `seconds`. */
  readonly axis: string;
  readonly groups: readonly { readonly title: string; readonly bars: readonly Bar[] }[];
  /** What stands instead of a bar where there was nothing to measure. */
  readonly none: string;
  readonly log: boolean;
  format(value: number): string;
}

/** Of one letter, at most on the whole. */
const LETTER = 6.6;
const RIGHT = WIDTH - 84;
const ROW = 24;
const GROUP = 30;
const TOP = 44;

/** A bar from nothing, or, where the scale has no nothing, a dot at the median; a whisker from the least to the most. */
function mark({ ours, value }: Bar, scale: Scale, middle: number, { log, none, format }: Bars): string[] {
  const left = scale.place(0);
  const className = ours ? 'bar ours' : 'bar';
  if (value === null) return [label({ x: left + 8, y: middle + 4, text: none, className: 'quiet' })];
  const [median, most] = [scale.place(value.median), scale.place(value.max)];
  return [
    log
      ? `<circle class="${className}" cx="${at(median)}" cy="${at(middle)}" r="7"/>`
      : `<rect class="${className}" x="${at(left)}" y="${at(middle - 8)}" width="${at(median - left)}" height="16"/>`,
    ...(value.min === value.max ? [] : [whisker(true, scale.place(value.min), most, middle)]),
    label({ x: Math.max(most, median + (log ? 7 : 0)) + 8, y: middle + 4, text: format(value.median) }),
  ];
}

export function barPlot(bars: Bars): string {
  const values = bars.groups.flatMap(({ bars }) => bars.flatMap(({ value }) => (value === null ? [] : [value])));
  const least = Math.min(...values.map(({ min }) => min).filter((min) => min > 0));
  const most = Math.max(0, ...values.map(({ max }) => max));
  const names = bars.groups.flatMap(({ bars }) => bars.map(({ name }) => name.length));
  const left = 24 + LETTER * Math.max(16, ...names);
  const scale = bars.log && most > 0 ? logarithmic(least, most, left, RIGHT) : linear(most, left, RIGHT);
  const marks: string[] = [];
  let y = TOP;
  for (const { title, bars: rows } of bars.groups) {
    marks.push(label({ x: 16, y: y + 18, text: title, className: 'group' }));
    y += GROUP;
    for (const row of rows) {
      const name = row.ours ? 'name ours' : 'name';
      marks.push(label({ x: left - 8, y: y + ROW / 2 + 4, text: row.name, className: name, anchor: 'end' }));
      marks.push(...mark(row, scale, y + ROW / 2, bars));
      y += ROW;
    }
  }
  const grid = scale.ticks.flatMap((tick) => {
    const x = scale.place(tick);
    return [
      rule(x, TOP + 4, x, y + 4, 'grid'),
      label({ x, y: y + 20, text: short(bars.format(tick)), className: 'quiet', anchor: 'middle' }),
    ];
  });
  const axis = `${bars.axis}: median, and from the least to the most${bars.log ? '; the scale is logarithmic' : ''}`;
  const below = label({ x: (left + RIGHT) / 2, y: y + 40, text: axis, className: 'quiet', anchor: 'middle' });
  const told = bars.groups
    .map(
      ({ title, bars: rows }) =>
        `${title}: ${rows.map(({ name, value }) => `${name} ${spreadText(value, bars.format, bars.none)}`).join(', ')}.`,
    )
    .join(' ');
  return sheet(bars.title, told, y + 52, [...grid, ...marks, below]);
}

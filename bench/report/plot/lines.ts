/** Lines, for what grows. */
import type { Spread } from '../statistics.ts';
import { spreadText } from '../text.ts';
import { linear } from './scale.ts';
import { at, label, rule, sheet, short, WIDTH, whisker } from './svg.ts';

export interface Line {
  readonly name: string;
  readonly ours: boolean;
  readonly points: readonly { readonly x: number; readonly value: Spread }[];
}

export interface Lines {
  readonly title: string;
  /** What grows, e.g. `hosts`. */
  readonly across: string;
  /** What is measured. */
  readonly up: string;
  readonly lines: readonly Line[];
  formatX(value: number): string;
  format(value: number): string;
}

const PLOT = { left: 76, right: WIDTH - 150, top: 64, bottom: 300 };
/** One for each line, beside its name: who does not see colours sees these. */
const SHAPES = ['M-5 -5h10v10h-10z', 'M0 -6l6 10h-12z', 'M0 -6l6 6l-6 6l-6 -6z', 'M0 6l6 -10h-12z'];

export function linePlot({ title, across, up, lines, formatX, format }: Lines): string {
  const points = lines.flatMap(({ points }) => points);
  const sizes = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const y = linear(Math.max(0, ...points.map(({ value }) => value.max)), PLOT.bottom, PLOT.top);
  const [first = 1, last = 1] = [sizes[0], sizes.at(-1)];
  const place = (x: number) =>
    PLOT.left +
    30 +
    (PLOT.right - PLOT.left - 60) * (last === first ? 0.5 : Math.log(x / first) / Math.log(last / first));
  const grid = y.ticks.flatMap((tick) => [
    rule(PLOT.left, y.place(tick), PLOT.right, y.place(tick), 'grid'),
    label({ x: PLOT.left - 8, y: y.place(tick) + 4, text: short(format(tick)), className: 'quiet', anchor: 'end' }),
  ]);
  const below = sizes.map((size) =>
    label({ x: place(size), y: PLOT.bottom + 18, text: formatX(size), className: 'quiet', anchor: 'middle' }),
  );
  const drawn = lines.flatMap(({ name, ours, points }, index) => {
    const corners = points.map(({ x, value }) => `${at(place(x))} ${at(y.place(value.median))}`);
    const end = points.at(-1);
    const side = ours ? ' ours' : '';
    return [
      `<path class="line${side}" d="M${corners.join('L')}"/>`,
      ...points
        .filter(({ value }) => value.min !== value.max)
        .map(({ x, value }) => whisker(false, y.place(value.max), y.place(value.min), place(x))),
      ...corners.map(
        (corner) => `<path class="bar${side}" transform="translate(${corner})" d="${SHAPES[index % SHAPES.length]}"/>`,
      ),
      ...points.map(({ x, value }) =>
        label({ x: place(x), y: y.place(value.max) - 10, text: format(value.median), anchor: 'middle' }),
      ),
      end === undefined
        ? ''
        : label({ x: place(end.x) + 36, y: y.place(end.value.median) + 4, text: name, className: `name${side}` }),
    ].filter((mark) => mark !== '');
  });
  const told = lines
    .map(
      ({ name, points }) =>
        `${name}: ${points.map(({ x, value }) => `${formatX(x)} ${across} ${spreadText(value, format)}`).join(', ')}.`,
    )
    .join(' ');
  return sheet(title, told, PLOT.bottom + 56, [
    label({ x: PLOT.left - 8, y: PLOT.top - 14, text: up, className: 'quiet' }),
    ...grid,
    ...below,
    ...drawn,
    label({
      x: (PLOT.left + PLOT.right) / 2,
      y: PLOT.bottom + 40,
      text: `${across} (the scale is logarithmic): median, and from the least to the most`,
      className: 'quiet',
      anchor: 'middle',
    }),
  ]);
}

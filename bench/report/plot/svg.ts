/** The sheet that a plot is drawn on: as text, without a browser, the same bytes for the same figures. */
import { htmlEscape } from 'escape-goat';

/** Pixels. */
export const WIDTH = 760;

/**
 * A page of its own colours, so that it can be read on any background; the reader's preference turns it dark. What matters is also
 * told by place, shape and words: colours only help.
 */
const STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #1f2328; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round; paint-order: stroke; }
    .sheet { fill: #ffffff; }
    .title { font-size: 15px; font-weight: 600; }
    .group { font-weight: 600; }
    .quiet { fill: #59636e; }
    .grid { stroke: #d1d9e0; stroke-width: 1; }
    .bar { fill: #a9b4bf; }
    .bar.ours { fill: #1a7f37; }
    .whisker { stroke: #1f2328; stroke-width: 1.5; fill: none; }
    .line { stroke: #6e7781; stroke-width: 2; fill: none; }
    .line.ours { stroke: #1a7f37; }
    .name.ours { font-weight: 600; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; stroke: #0d1117; }
      .sheet { fill: #0d1117; }
      .quiet { fill: #9198a1; }
      .grid { stroke: #3d444d; }
      .bar { fill: #656c76; }
      .bar.ours { fill: #2ea043; }
      .whisker { stroke: #f0f6fc; }
      .line { stroke: #9198a1; }
      .line.ours { stroke: #3fb950; }
    }`;

/** A coordinate: a tenth of a pixel is enough. */
export const at = (value: number): string => String(Math.round(value * 10) / 10);

/** As it stands at an axis: `10 s` for `10.0 s`. */
export const short = (text: string): string => text.replace(/\.0+(?= |$)/, '').replace(/(\.\d*[1-9])0+(?= |$)/, '$1');

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly className?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
}

export function label({ x, y, text, className = '', anchor = 'start' }: Label): string {
  const name = className === '' ? '' : ` class="${className}"`;
  const side = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${at(x)}" y="${at(y)}"${name}${side}>${htmlEscape(text)}</text>`;
}

export const rule = (x1: number, y1: number, x2: number, y2: number, className: string): string =>
  `<line class="${className}" x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}"/>`;

/** From the least to the most, with caps. `across` for one that lies, as on a bar. */
export function whisker(across: boolean, from: number, to: number, middle: number): string {
  const path = across
    ? `M${at(from)} ${at(middle - 4)}v8M${at(from)} ${at(middle)}H${at(to)}M${at(to)} ${at(middle - 4)}v8`
    : `M${at(middle - 4)} ${at(from)}h8M${at(middle)} ${at(from)}V${at(to)}M${at(middle - 4)} ${at(to)}h8`;
  return `<path class="whisker" d="${path}"/>`;
}

/**
 * A whole file.
 * @param height pixels
 * @param told for those who do not see it: the figures in words
 */
export function sheet(title: string, told: string, height: number, marks: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${at(height)}" viewBox="0 0 ${WIDTH} ${at(height)}" role="img" aria-labelledby="title told">`,
    `  <title id="title">${htmlEscape(title)}</title>`,
    `  <desc id="told">${htmlEscape(told)}</desc>`,
    `  <style>${STYLE}\n  </style>`,
    `  <rect class="sheet" width="100%" height="100%" rx="6"/>`,
    `  ${label({ x: 16, y: 26, text: title, className: 'title' })}`,
    ...marks.map((mark) => `  ${mark}`),
    '</svg>',
    '',
  ].join('\n');
}

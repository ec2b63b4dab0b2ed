/** Pieces of a job summary. Nothing that goes into them is taken as Markdown or markup. */
import { htmlEscape } from 'escape-goat';
import { plainLine, plainLines } from './text.ts';

/** Longest text of one cell or sentence, and of one block, in characters: a summary has room for about a million in all. */
const LONGEST = 2_000;
const LONGEST_BLOCK = 100_000;

/** One line. */
export function text(value: string): string {
  const line = plainLine(value);
  return htmlEscape(line.length > LONGEST ? `${line.slice(0, LONGEST)} …` : line);
}

/** @param url of this program's own making, or escaped all the same */
export function link(url: string, label: string): string {
  return `<a href="${htmlEscape(url)}">${text(label)}</a>`;
}

/** The first seven digits, with its page where the repository is known. */
export function commitLink(commit: string, repository: string | null): string {
  const short = commit.slice(0, 7);
  return repository === null ? `<code>${text(short)}</code>` : link(`${repository}/commit/${commit}`, short);
}

/** Cells are HTML already. */
export function table(head: string[], rows: string[][]): string {
  const line = (tag: string, cells: string[]) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${head.length > 0 ? line('th', head) : ''}${rows.map((row) => line('td', row)).join('')}</table>`;
}

/** Something that is folded away. */
export function folded(title: string, lines: readonly string[], open = false): string[] {
  return [`<details${open ? ' open' : ''}><summary>${title}</summary>`, ...lines, '</details>'];
}

/** Lines that another program wrote, the last of them where there are too many; folded away. */
export function block(title: string, lines: readonly string[], open = false): string[] {
  if (lines.length === 0) return [];
  const all = lines.flatMap(plainLines).join('\n');
  const body = htmlEscape(all.length > LONGEST_BLOCK ? `… ${all.slice(-LONGEST_BLOCK)}` : all);
  // `<pre>` starts a line of its own: what stands in it is then taken as it is, empty lines too.
  return folded(title, ['', `<pre>\n${body}\n</pre>`, ''], open);
}

/** One part of a summary. */
export interface Part {
  /** What a reader would miss. */
  name: string;
  lines: readonly string[];
  /** Whatever has the highest goes first, where there is no room for all; 0 stays. */
  rank: number;
}

/** What GitHub takes, and room for the note, bytes: 1 MiB is the limit, and one byte more makes it take nothing. */
export const ROOM = 1024 * 1024 - 4_096;

/** All parts that there is room for, and which are left out. Pure. */
export function fitted(parts: readonly Part[], room: number = ROOM): string {
  const kept = parts.filter(({ lines }) => lines.length > 0);
  const left: string[] = [];
  const whole = () => `${kept.flatMap(({ lines }) => lines).join('\n')}\n`;
  while (Buffer.byteLength(whole()) > room) {
    const [worst] = kept.toSorted((a, b) => b.rank - a.rank);
    if (worst === undefined || worst.rank === 0) break;
    kept.splice(kept.indexOf(worst), 1);
    left.push(worst.name);
  }
  const note = `<p>GitHub has no room here for more. Left out: ${left.map(text).join(', ')}.</p>\n`;
  return left.length === 0 ? whole() : whole() + note;
}

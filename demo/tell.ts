import { styleText } from 'node:util';
import { seconds } from '../src/report/text.ts';
import type { Ended } from './steps.ts';

const WIDTH = 80;
const INDENT = '    ';
const THEN = ' › ';
/** Steps that took longer, milliseconds, are told with their time. */
const WORTH_TELLING = 500;

type Style = Parameters<typeof styleText>[0];

/** Tells the demo to a person: wrapped sentences, and a line of steps that grows as they end. */
export class Teller {
  readonly #write: (text: string) => void;
  /** How far the line of steps has come; 0 where there is none open. */
  #column = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  title(text: string): void {
    this.#lines(['', styleText('bold', text)]);
  }

  /** One paragraph. */
  say(text: string, style: Style = 'reset'): void {
    this.#lines(wrap(text).map((line) => INDENT + styleText(style, line)));
  }

  /** How an act ended. */
  result(text: string, good: boolean): void {
    this.say(`${good ? '✓' : '✗'} ${text}`, good ? 'green' : 'red');
  }

  /** A step that has ended, behind those before it. */
  step({ name, ms, good }: Ended): void {
    const words = `${name}${ms < WORTH_TELLING ? '' : ` ${seconds(ms)}`}${good ? '' : ' failed'}`;
    const fits = this.#column + THEN.length + words.length <= WIDTH;
    const between = this.#column === 0 ? INDENT : fits ? THEN : `${THEN.trimEnd()}\n${INDENT}`;
    this.#column = (fits ? this.#column : 0) + THEN.length + words.length;
    this.#write(styleText('dim', between) + styleText(good ? 'dim' : 'red', words));
  }

  /** Lines to copy, or what another program wrote. */
  quote(text: string, indent = INDENT): void {
    this.#lines(text.split('\n').map((line) => (line === '' ? '' : indent + line)));
  }

  /** The last line of all. */
  last(text: string): void {
    this.#lines(['', text]);
  }

  #lines(lines: readonly string[]): void {
    const end = this.#column > 0 ? '\n' : '';
    this.#column = 0;
    this.#write(`${end}${lines.join('\n')}\n`);
  }
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  // A number keeps its unit.
  for (const word of text.split(/ (?!s\b)/)) {
    if (line !== '' && INDENT.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}

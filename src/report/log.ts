import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import * as core from '@actions/core';
import { plainLine, plainLines } from './text.ts';

/** Where a run tells how it goes. Every text may come from a host or a site; the writers make it harmless. */
export interface Log {
  /** Begins a phase (`Build`, `Deploy` ...) and ends the one before. */
  phase(title: string): void;
  /** Ends the last phase. */
  end(): void;
  /** One or more lines of progress. */
  info(text: string): void;
  /** A line that the next of any kind takes the place of; only where that can be, as at a terminal. */
  passing?: ((text: string) => void) | undefined;
  /** A step that ended well or badly, formatted already. */
  step(text: string, good: boolean): void;
  /** Lines that another program wrote, shown indented. */
  quote(lines: readonly string[]): void;
  /** Something that the person should know though nothing failed. */
  notice(text: string): void;
  /** What failed; the last word of a run. */
  error(text: string): void;
}

const INDENT = '    ';

function indented(lines: readonly string[]): string[] {
  return lines.flatMap(plainLines).map((line) => INDENT + line);
}

/** The runner takes such a line for a command, wherever `##[` stands and however far `::` is indented. */
const LOOKS_LIKE_COMMAND = /^\s*::|##\[/m;

/** Whole lines of unknown origin, so that the runner takes none of them for a command. */
export function guarded(text: string): string {
  if (!LOOKS_LIKE_COMMAND.test(text)) return text;
  // Only the same random word ends this: a site that prints workflow commands cannot give any.
  const word = randomUUID();
  return `::stop-commands::${word}\n${text}::${word}::\n`;
}

/**
 * The log of a job in GitHub Actions: one group a phase.
 *
 * @param write receives whole lines; standard output unless given
 */
export function actionsLog(write: (text: string) => void = (text) => process.stdout.write(text)): Log {
  let open = false;
  const print = (lines: string[]) => write(guarded(lines.map((line) => `${line}\n`).join('')));
  const end = () => {
    if (open) core.endGroup();
    open = false;
  };
  return {
    phase(title) {
      end();
      core.startGroup(title);
      open = true;
    },
    end,
    info: (text) => print(plainLines(text)),
    step: (text) => print(plainLines(text)),
    quote: (lines) => print(indented(lines)),
    notice: (text) => core.notice(plainLines(text).join('\n')),
    error: (text) => core.error(plainLines(text).join('\n')),
  };
}

/**
 * The log at a terminal, on standard error so that `status --json` can be piped.
 * Coloured where the stream is a terminal and NO_COLOR does not forbid it.
 */
export function terminalLog(stream: Writable & { isTTY?: boolean } = process.stderr): Log {
  const colour = (style: Parameters<typeof styleText>[0], text: string) => styleText(style, text, { stream });
  let erase = '';
  const print = (lines: readonly string[], style?: Parameters<typeof styleText>[0]) => {
    stream.write(erase + lines.map((line) => `${style === undefined ? line : colour(style, line)}\n`).join(''));
    erase = '';
  };
  const passing = (text: string) => {
    stream.write(`${erase}  ${plainLine(text)}`);
    erase = '\r\u001b[2K';
  };
  return {
    passing: stream.isTTY === true ? passing : undefined,
    phase: (title) => print(plainLines(title), 'bold'),
    end() {},
    info: (text) => print(plainLines(text).map((line) => `  ${line}`)),
    step: (text, good) =>
      print(plainLines(text).map((line) => `${colour(good ? 'green' : 'red', good ? '✓' : '✗')} ${line}`)),
    quote: (lines) => print(indented(lines), 'dim'),
    notice: (text) =>
      print(
        plainLines(text).map((line) => `! ${line}`),
        'yellow',
      ),
    error: (text) => print(plainLines(text), 'red'),
  };
}

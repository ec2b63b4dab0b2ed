import * as core from '@actions/core';
import { BuildError } from '../build/errors.ts';
import { annotate as annotateFaults } from '../config/annotate.ts';
import { ConfigError } from '../config/fault.ts';
import { HostError } from '../ssh/error.ts';
import { annotate } from './annotations.ts';
import type { Log } from './log.ts';
import { EXIT } from './outputs.ts';
import { renderError, writeText } from './summary.ts';
import type { Place } from './traceback.ts';

/** An error as a person reads it. */
export interface Told {
  title: string;
  /** What happened, which state the site is in, what to do: one line each. */
  lines: string[];
  /** Lines of a program that failed, for the log. */
  output: readonly string[];
  place: Place | undefined;
  exitCode: number;
}

/** What stays true of every error that comes before a host was asked to change anything. */
const UNTOUCHED = 'The site is as it was.';

function causes(error: Error): string[] {
  return error.cause instanceof Error ? [`Cause: ${error.cause.message}`, ...causes(error.cause)] : [];
}

/** Turns anything thrown, but a {@link ConfigError}, into its words and exit code. */
export function tell(error: unknown): Told {
  if (error instanceof HostError) {
    const { kind, where, what, state, next } = error;
    // What was given to connect with cannot be used: the person's input, not the host.
    const exitCode = kind === 'known-hosts' || kind === 'private-key' ? EXIT.usage : EXIT.unavailable;
    return {
      title: where,
      lines: [what, state, next].filter((line) => line !== ''),
      output: [],
      place: undefined,
      exitCode,
    };
  }
  if (error instanceof BuildError) {
    const { message, mend, place, output } = error;
    return {
      title: 'The build failed',
      lines: [message, UNTOUCHED, mend],
      output,
      place: place && { path: place.file, line: place.line },
      exitCode: EXIT.failed,
    };
  }
  const lines =
    error instanceof Error ? [`${error.name}: ${error.message}`, ...causes(error)] : [`Something was thrown: ${error}`];
  return {
    title: 'A fault of this program',
    lines: [...lines, '`graceful status` shows what the host serves.', 'Please report this with the text below.'],
    output: error instanceof Error && error.stack !== undefined ? [error.stack] : [],
    place: undefined,
    exitCode: EXIT.internal,
  };
}

/**
 * Tells a person what went wrong, as annotations in a job of GitHub Actions and as plain lines at a terminal.
 *
 * @param actions whether this process runs in such a job
 * @returns what the process should exit with
 */
export async function reportError(error: unknown, log: Log, actions: boolean): Promise<number> {
  log.end();
  if (error instanceof ConfigError) {
    annotateFaults(error.faults, actions);
    return EXIT.usage;
  }
  const { title, lines, output, place, exitCode } = tell(error);
  log.quote(output);
  if (!actions) {
    log.error([`${title}: ${lines[0]}`, ...lines.slice(1)].join('\n'));
    return exitCode;
  }
  annotate({ title, message: lines.join('\n'), place });
  // Nothing was asked of the host that could change the site; what came after that has an outcome.
  if (exitCode === EXIT.failed) core.setOutput('result', 'failed');
  await writeText(renderError(title, lines, output));
  return exitCode;
}

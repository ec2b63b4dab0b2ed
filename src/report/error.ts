import { BuildError, BuildErrors } from '../build/errors.ts';
import { Cancelled } from '../commands/cancel.ts';
import { ConfigError, placeOf } from '../config/fault.ts';
import { HostError, HostErrors } from '../ssh/error.ts';
import { annotate } from './annotations.ts';
import { type Clean, cleanTold } from './clean.ts';
import { LONGEST } from './detail-outputs.ts';
import type { Log } from './log.ts';
import { EXIT, setOutputs } from './outputs.ts';
import { renderError, writeText } from './summary.ts';
import type { Place } from './traceback.ts';

/** One thing that is wrong, in words for a person. */
export interface ToldFault {
  /** Where and what: `graceful.yml:3:5: unknown key "jango"`. */
  what: string;
  /** What to do about it. */
  mend: string;
  place: Place | undefined;
}

/** An error as a person reads it. */
export interface Told {
  title: string;
  /** At least one. */
  faults: ToldFault[];
  /** Which state the site is in. */
  state: string;
  /** Lines of a program that failed, for the log. */
  output: readonly string[];
  exitCode: number;
}

/** What stays true of every error that comes before a host was asked to change anything. */
const UNTOUCHED = 'The site is as it was.';
const NOT_CONTACTED = 'No host was contacted; the site is as it was.';

function causes(error: Error): string[] {
  return error.cause instanceof Error ? [`Cause: ${error.cause.message}`, ...causes(error.cause)] : [];
}

/** Turns anything thrown into its words and exit code. */
export function tell(error: unknown): Told {
  if (error instanceof ConfigError) {
    return {
      title: 'Wrong input',
      faults: error.faults.map((fault) => {
        const { file: path, line, column, message, mend } = fault;
        const place = path === undefined ? undefined : { path, line, column };
        return { what: `${placeOf(fault)}: ${message}`, mend, place };
      }),
      state: NOT_CONTACTED,
      output: [],
      exitCode: EXIT.usage,
    };
  }
  if (error instanceof HostError) return tellHosts([error], 'The host could not be used');
  if (error instanceof HostErrors) return tellHosts(error.errors, 'Some hosts could not be used');
  if (error instanceof BuildError || error instanceof BuildErrors) {
    const errors = error instanceof BuildError ? [error] : error.errors;
    return {
      title: 'The build failed',
      faults: errors.map(({ message, mend, place }) => ({
        what: place === undefined ? message : `${[place.file, place.line].filter(Boolean).join(':')}: ${message}`,
        mend,
        place: place && { path: place.file, line: place.line },
      })),
      state: UNTOUCHED,
      output: errors.flatMap(({ output }) => output),
      exitCode: EXIT.failed,
    };
  }
  if (error instanceof Cancelled) {
    return {
      title: 'Cancelled',
      faults: [{ what: error.message, mend: 'Run it again to go on.', place: undefined }],
      state: 'The host was asked to change nothing.',
      output: [],
      exitCode: EXIT.failed,
    };
  }
  const what =
    error instanceof Error ? [`${error.name}: ${error.message}`, ...causes(error)] : [`Something was thrown: ${error}`];
  return {
    title: 'A fault of this program',
    faults: [{ what: what.join('\n'), mend: 'Please report this with the text above.', place: undefined }],
    state: '`graceful status` shows what the host serves.',
    output: error instanceof Error && error.stack !== undefined ? [error.stack] : [],
    exitCode: EXIT.internal,
  };
}

function tellHosts(errors: readonly HostError[], title: string): Told {
  const isWrong = errors.every(({ kind }) => kind === 'unknown');
  const states = [...new Set(errors.map(({ state }) => state))];
  return {
    title: isWrong ? 'Wrong input' : title,
    faults: errors.flatMap(({ where, faults }) =>
      faults.map(({ what, mend }) => ({ what: `${where}: ${what}`, mend, place: undefined })),
    ),
    state: states.length === 1 ? states.join() : errors.map(({ where, state }) => `${where}: ${state}`).join('\n'),
    output: [],
    exitCode: isWrong ? EXIT.usage : EXIT.unavailable,
  };
}

/**
 * Tells a person what went wrong. In a job of GitHub Actions each fault is an annotation that is complete in itself; at a
 * terminal the state of the site is the last line.
 *
 * @param clean takes the run's secrets out of all that is told
 * @param actions whether this process runs in such a job
 * @returns what the process should exit with
 */
export async function reportError(error: unknown, log: Log, clean: Clean, actions: boolean): Promise<number> {
  const { title, faults, state, output, exitCode } = cleanTold(tell(error), clean);
  if (output.length > 0) log.phase('Output');
  log.quote(output);
  log.end();
  if (!actions) {
    log.error([...faults.map(({ what, mend }) => `${what}\n${indented(mend)}`), state].join('\n'));
    return exitCode;
  }
  for (const { what, mend, place } of faults) annotate({ title, message: [what, mend, state].join('\n'), place });
  setOutputs({
    // Nothing was asked of the host that could change the site; what came after that has an outcome.
    ...(exitCode === EXIT.failed ? { result: 'failed' } : {}),
    message: [...faults.map(({ what }) => what), state].join('\n').slice(0, LONGEST),
  });
  const lines = faults.flatMap(({ what, mend }) => [what, mend]);
  await writeText(renderError(title, [...lines, state], output));
  return exitCode;
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}

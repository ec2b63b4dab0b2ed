import { guarded } from './log.ts';

let toAnswer: typeof process.stdout.write | undefined;

/**
 * From here on only answers reach standard output, which may be kept in a file or read by a program. What else is written there goes to
 * standard error, such as the commands of `@actions/core`: a job's runner reads them there as well, and masks hold secrets.
 */
export function keepForAnswers(): void {
  toAnswer ??= process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
}

/** Writes what a command was asked for to standard output; in the Action that is the job's log. `text` ends with a line break. */
export function answer(text: string): void {
  if (toAnswer !== undefined) toAnswer(text);
  else process.stdout.write(process.env['GITHUB_ACTIONS'] === 'true' ? guarded(text) : text);
}

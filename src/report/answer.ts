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

/**
 * Writes what a command was asked for to standard output, which the runner of a job reads too: it takes nothing of it for a command.
 * @param text ends with a line break
 * @param json it is JSON, and stays so
 */
export function answer(text: string, json = false): void {
  const write = toAnswer ?? process.stdout.write.bind(process.stdout);
  if (process.env['GITHUB_ACTIONS'] !== 'true') write(text);
  // Of JSON no line begins like a command, but a text in it may hold one.
  else write(json ? text.replaceAll('##[', '#\\u0023[') : guarded(text));
}

/**
 * Waits until readers have all that was written: a pipe takes 64 KiB at once, and what is left is lost with the process.
 * @returns what could not be written, in words; null where all was, or where nobody reads on (`| head`)
 */
export async function written(): Promise<string | null> {
  const writes = [toAnswer, process.stdout.write.bind(process.stdout), process.stderr.write.bind(process.stderr)];
  const ends = writes.map(
    (write) =>
      new Promise<string | null>((resolve) => (write ? write('', (error) => resolve(why(error))) : resolve(null))),
  );
  return (await Promise.all(ends)).find((one) => one !== null) ?? lost;
}

let lost: string | null = null;
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    lost ??= why(error);
  });

function why(error: Error | null | undefined): string | null {
  return error && !('code' in error && error.code === 'EPIPE') ? error.message : null;
}

/** TOML files of a project, read with the places of what is wrong in them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import type * as z from 'zod';
import { BuildError, codeOf } from '../errors.ts';

/** A file of the source tree, or null when the commit does not have it. */
export async function readOptional(top: string, file: string): Promise<string | null> {
  try {
    return await readFile(join(top, file), 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ENOTDIR' || codeOf(thrown) === 'EISDIR') return null;
    throw thrown;
  }
}

/** @throws BuildError when the commit does not have it */
export async function readNeeded(top: string, file: string, mend: string): Promise<string> {
  const text = await readOptional(top, file);
  if (text === null) throw new BuildError('this file is not in the commit', { mend, place: { file } });
  return text;
}

/** @throws BuildError at the line and with the words of the TOML parser */
export function parseToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const [what = ''] = thrown.message.split('\n');
    throw new BuildError(`it is no TOML (${what.replace(/^Invalid TOML document: /, '')})`, {
      mend: 'mend that line, or have the tool write the file again',
      place: { file, line: thrown.line },
      cause: thrown,
    });
  }
}

/** Gives data its shape. @throws BuildError that names the first place that has another one */
export function shaped<Shape>(schema: z.ZodType<Shape>, data: unknown, file: string, again: string): Shape {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.join('.');
  throw new BuildError(`${path} is not what was expected there (${issue?.message ?? 'unknown'})`, {
    mend: again,
    place: { file },
  });
}

/** Lines of the `name` in each `[[package]]` of a lock file, in their order; lines count from 1. Pure. */
export function packageLines(text: string): number[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => (line.trim() === '[[package]]' ? [index + 2] : []));
}

/** The first line that a pattern fits, behind the line `after` where that is given; from 1, or undefined. Pure. */
export function lineOf(text: string, pattern: RegExp, after?: string): number | undefined {
  const lines = text.split('\n');
  const from = after === undefined ? 0 : lines.indexOf(after);
  const line = lines.findIndex((one, index) => index >= from && pattern.test(one));
  return line === -1 ? undefined : line + 1;
}

/** A place in a file, with its line where that is known. Pure. */
export function at(file: string, line: number | undefined): { file: string; line?: number } {
  return line === undefined ? { file } : { file, line };
}

/** A text as it stands in a pattern. */
export function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

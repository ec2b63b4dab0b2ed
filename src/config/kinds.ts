/** Kinds of values in `graceful.yml`: what each holds, and what it expects in words. */
import { z } from 'zod';
import { DURATION, parseDuration } from './duration.ts';
import * as is from './patterns.ts';

/** What a place expects, told when it holds something else. */
interface Meaning {
  /** `a duration`, continued from `expected ...` */
  expects: string;
  /** A line to copy. */
  example: string;
  /** What else holds, in the words of JSON Schema, where the kind alone does not say it. */
  json?: Readonly<Record<string, unknown>>;
}

/** What each place expects, by its schema. */
export const meanings = z.registry<Meaning>();

/** In milliseconds. */
export const DAY = 86_400_000;

/** Text of a pattern, of which more may have to hold than a pattern can say. */
export function like(pattern: RegExp, expects: string, example: string, holds = (_: string) => true) {
  return z.string().regex(pattern, { abort: true }).refine(holds).register(meanings, { expects, example });
}

/** Not empty, and nothing in it that no process can get as an argument. */
const SOME = /^[^\0]+$/;
/** A path below another one: not absolute, no `..` in it, no control character, no `\`. */
export const INSIDE = /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\\\p{Cc}]+$/u;

/** `a`, `a or b`, `a, b or c` */
const oneOf = (names: readonly string[]) => names.join(', ').replace(/, (?=[^,]*$)/, ' or ');

/** One of some names. */
export function choice<const Names extends readonly string[]>(names: Names, example: string) {
  return z.enum(names).register(meanings, { expects: oneOf(names), example });
}

/** A whole number. */
export function whole(least: number, most: number, expects: string, example: string) {
  return z.int().min(least).max(most).register(meanings, { expects, example });
}

/** True or false. */
export function flag(example: string) {
  return z.boolean().register(meanings, { expects: 'true or false', example });
}

/** A duration as `parseDuration` reads it; the bounds are milliseconds. */
export function duration(example: string, { least = 1, most = DAY } = {}) {
  const bounds = `${least === 0 ? '' : ' above 0'} of at most ${most / DAY === 1 ? 'a day' : `${most / DAY} days`}`;
  const pattern = least === 0 ? DURATION : /^\d*[1-9]\d*(ms|s|m|h|d)$/;
  return like(pattern, `a duration (a whole number and ms, s, m, h or d)${bounds}`, example, (value) => {
    const ms = parseDuration(value);
    return ms !== undefined && ms >= least && ms <= most;
  });
}

/** A map of known keys; others are refused. */
export function map<T extends z.ZodRawShape>(shape: T, example: string, json: Meaning['json'] = {}) {
  return z.strictObject(shape).register(meanings, { expects: 'a map of keys', example, json });
}

/** A list of one kind of element. */
export function list<T extends z.ZodType>(element: T, example: string) {
  return z.array(element).register(meanings, { expects: 'a list', example });
}

/** One of a kind of text, or a list of them. */
export function oneOrMore(one: z.ZodString, expects: string, example: string) {
  return z.union([one, z.array(one).min(1)]).register(meanings, { expects, example });
}

/** Environment variables. */
export const variables = (example: string) =>
  z
    .record(z.string().regex(is.ENV_NAME), like(/^[^\0]*$/, 'text without NUL (write "" for an empty value)', example))
    .register(meanings, { expects: 'a map of names and values', example });

/** Patterns that choose files. */
export const patterns = (example: string) =>
  list(like(/^(?=.*\S)[^\n]*$/, 'a pattern as in a .gitignore', example), example);

/** A path below the project. */
export const inside = (example: string) =>
  like(INSIDE, 'a relative path inside the project, without ".."', example, (value) => is.isInside(value));

/** One argument of a command. */
export const argument = (example: string) => like(SOME, 'one argument as text', example);

/** A command. */
export const words = (example: string) =>
  z.union([z.string().regex(is.COMMAND), z.array(argument(example)).min(1)]).register(meanings, {
    expects: 'words with blanks between (no shell reads them), or a list of arguments',
    example,
  });

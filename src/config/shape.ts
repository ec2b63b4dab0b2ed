/** Checks the data of `graceful.yml` against its schema, and says what is wrong in words. */
import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { Parsed, Path, Position } from './document.ts';
import { meanings } from './kinds.ts';
import { RESERVED } from './patterns.ts';
import { type GracefulFile, gracefulFile } from './schema.ts';
import { knownKeys, schemaAt } from './schema-at.ts';

export interface PlacedFault {
  message: string;
  mend: string;
  position: Position;
}

export interface Shape {
  /** The typed file; with faults, what is left of it without the faulty places, where that makes sense at all. */
  file: GracefulFile | undefined;
  faults: PlacedFault[];
  /** Places whose faults are told already. */
  broken: Path[];
}

/** Checks the whole file, and tells every fault of its shape at its place. */
export function checkShape(parsed: Parsed): Shape {
  const result = gracefulFile.safeParse(parsed.value);
  if (result.success) return { file: result.data, faults: [], broken: [] };
  const issues = result.error.issues.flatMap((issue) => within(issue, parsed));
  const broken = issues.flatMap((issue): Path[] =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
  );
  return {
    file: gracefulFile.safeParse(named(without(parsed.value, broken))).data,
    faults: issues.flatMap((issue) => explain(issue, parsed)),
    broken,
  };
}

/** Of what may be text or a map, and is a map: the faults in that map. */
function within(issue: z.core.$ZodIssue, parsed: Parsed): z.core.$ZodIssue[] {
  const value = valueAt(parsed.value, issue.path);
  if (issue.code !== 'invalid_union' || typeof value !== 'object' || value === null) return [issue];
  const ofMap = issue.errors.find((issues) =>
    issues.every(({ code, path }) => code !== 'invalid_type' || path.length > 0),
  );
  return ofMap?.map((one) => ({ ...one, path: [...issue.path, ...one.path] })) ?? [issue];
}

/** A copy of the data without these places; a list with a faulty item goes as a whole. */
function without(value: unknown, places: readonly Path[]): unknown {
  const copy = structuredClone(value);
  for (const place of places) {
    const item = place.findIndex((key) => typeof key === 'number');
    const keys = item === -1 ? place : place.slice(0, item);
    const last = keys.at(-1);
    const holder = valueAt(copy, keys.slice(0, -1));
    if (last !== undefined && typeof holder === 'object' && holder !== null) Reflect.deleteProperty(holder, last);
  }
  return copy;
}

/** With a name where it has none: all else can be checked without its own. */
function named(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { software: 'software', ...value } : value;
}

function explain(issue: z.core.$ZodIssue, parsed: Parsed): PlacedFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...unknownKey(key, issue.path),
      position: parsed.keyAt([...issue.path, key]),
    }));
  }
  const { path } = issue;
  const name = path.length === 0 ? 'the file' : dotted(path);
  if (issue.code === 'invalid_key') {
    return [{ ...wrongName(path), position: parsed.keyAt(path) }];
  }
  const { expects, example } = meaningAt(path);
  const mend = `for example: ${example}`;
  if (!parsed.has(path)) {
    return [{ message: `${name} is missing`, mend, position: parsed.keyAt(path) }];
  }
  const value = valueAt(parsed.value, path);
  if (path.length === 0 && value === null) {
    return [
      {
        message: 'the file holds no settings',
        mend: 'write it as docs/configuration.md shows',
        position: parsed.valueAt(path),
      },
    ];
  }
  const found = describe(value, path);
  return [{ message: `${name}: expected ${expects}, found ${found}`, mend, position: parsed.valueAt(path) }];
}

/** A key nobody knows, with the nearest one of its place. */
function unknownKey(key: string, place: Path): { message: string; mend: string } {
  const known = knownKeys(place);
  const message = `unknown key "${key}"${place.length === 0 ? '' : ` in ${dotted(place)}`}`;
  const near = nearest(key, known);
  return { message, mend: near === undefined ? `known here: ${known.join(', ')}` : `did you mean "${near}"?` };
}

/** The known word that a mistyped one most likely stands for, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // Of equally near words the one of the same letters is meant: `prot` is `port` rather than `root`.
  const letters = (text: string) => [...text].sort().join('');
  const reach = (text: string) => distance(word, text) - (letters(word) === letters(text) ? 0.5 : 0);
  const begun = known.filter((text) => word.length >= 3 && text.startsWith(word));
  if (begun.length === 1) return begun[0];
  const near = known.toSorted((a, b) => reach(a) - reach(b))[0];
  return near !== undefined && reach(near) <= Math.max(2, Math.floor(word.length / 3)) ? near : undefined;
}

function wrongName(path: Path): { message: string; mend: string } {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  if (parent.at(-1) === 'processes') {
    return {
      message: `${dotted(parent)}: "${key}" is no name for a process`,
      mend: 'use lower-case letters and digits, at most 16, a letter first; `web` and `manage` are there already',
    };
  }
  if (path.length === 2 && path[0] === 'stages') {
    return { message: `"${key}" is no name for a stage`, mend: 'use letters, digits, "-" and "_"' };
  }
  if (key.startsWith(RESERVED)) {
    return {
      message: `${dotted(parent)}: ${key} is set by Graceful itself`,
      mend: `choose a name that does not begin with ${RESERVED}`,
    };
  }
  return {
    message: `${dotted(parent)}: "${key}" is no name for a variable`,
    mend: 'use letters, digits and "_", no digit first',
  };
}

function meaningAt(path: Path): { expects: string; example: string } {
  for (let depth = path.length; depth >= 0; depth--) {
    const schema = schemaAt(path.slice(0, depth));
    const meaning = schema && meanings.get(schema);
    if (meaning) return meaning;
  }
  return { expects: 'something else', example: 'see docs/configuration.md' };
}

/** `stages.staging.server-args[1]` */
export function dotted(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

/** What lies at a path in plain data, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inside, key) => (typeof inside === 'object' && inside !== null ? Reflect.get(inside, key) : undefined),
    value,
  );
}

function describe(value: unknown, path: Path): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty map' : 'a map';
  // Values of variables may be private even here: say what they are, never what they hold.
  if (path.some((key) => key === 'env' || key === 'build-env')) return `a ${typeof value}`;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
}

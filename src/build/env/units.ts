import type { Entry } from '../manifest.ts';

/** A module's source: the entry of its file. */
export type Source = Exclude<Entry, { kind: 'link' }>;

/** Modules that are compiled by one process, one after the other. */
export type Unit = readonly Source[];

/** A distribution whose sources are more than this is compiled in several parts, at once. */
const PART_BYTES = 1024 * 1024;

/** Whether it is the path of a module's source, and not of a script beside the environment's libraries. Pure. */
export function isModule(path: string): boolean {
  return path.startsWith('lib/') && path.endsWith('.py');
}

/** The same of an entry. (A wheel brings no links.) Pure. */
export function isSource(entry: Entry): entry is Source {
  return entry.kind !== 'link' && isModule(entry.path);
}

/**
 * Puts the modules of each distribution into units of their own, in an order and in parts that depend on nothing but that
 * distribution's files; what belongs to none makes one more. The largest come first, so that several processes end together. Pure.
 *
 * @param distributions - paths that each of them has; a path that several have is the first one's
 */
export function unitsOf(sources: readonly Source[], distributions: readonly (readonly string[])[]): Unit[] {
  const owners = new Map<string, number>();
  for (const [owner, paths] of distributions.entries()) {
    for (const path of paths) if (!owners.has(path)) owners.set(path, owner);
  }
  const groups = Map.groupBy(sources, ({ path }) => owners.get(path) ?? -1);
  const parts = [...groups.values()].flatMap(partsOf);
  return parts.sort((a, b) => b.bytes - a.bytes).map(({ sources: unit }) => unit);
}

function partsOf(sources: readonly Source[]): { sources: Source[]; bytes: number }[] {
  const parts: { sources: Source[]; bytes: number }[] = [];
  for (const source of sources.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    let part = parts.at(-1);
    if (part === undefined || part.bytes >= PART_BYTES) {
      part = { sources: [], bytes: 0 };
      parts.push(part);
    }
    part.sources.push(source);
    part.bytes += source.bytes;
  }
  return parts;
}

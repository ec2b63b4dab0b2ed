/** Whether a `poetry.lock` was made from the `pyproject.toml` beside it: Poetry keeps a hash of what counts in it. */
import { createHash } from 'node:crypto';
import { pythonJson } from './python-json.ts';

const LEGACY = ['dependencies', 'source', 'extras', 'dev-dependencies'];
const KEYS = [...LEGACY, 'group'];
const PROJECT_KEYS = ['requires-python', 'dependencies', 'optional-dependencies'];

/**
 * The hashes that Poetry may have noted for this data of a `pyproject.toml`: before 2.3 dependency groups did not
 * count, from 2.0 on the table `project` does. Pure.
 */
export function contentHashes(data: unknown): string[] {
  return [...new Set([relevant(data, true), relevant(data, false)].map(hash))];
}

function relevant(data: unknown, withGroups: boolean): Record<string, unknown> {
  const project = picked(PROJECT_KEYS, member(data, 'project'));
  const groups = withGroups ? (member(data, 'dependency-groups') ?? {}) : {};
  const tables = Object.keys(project).length > 0 || Object.keys(groups).length > 0;
  const tool = member(member(data, 'tool'), 'poetry');
  const poetry: Record<string, unknown> = {};
  for (const key of KEYS) {
    const value = member(tool, key);
    // Absent keys counted as null until there was anything else that could say the same.
    if (value !== undefined) poetry[key] = value;
    else if (LEGACY.includes(key) && !tables) poetry[key] = null;
  }
  if (!tables) return poetry;
  return {
    ...(Object.keys(project).length > 0 ? { project } : {}),
    ...(Object.keys(groups).length > 0 ? { 'dependency-groups': groups } : {}),
    tool: { poetry },
  };
}

function picked(keys: readonly string[], table: unknown): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, member(table, key)]).filter(([, value]) => value !== undefined));
}

/** A member of what may be a table. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function hash(value: unknown): string {
  return createHash('sha256')
    .update(pythonJson(value, [', ', ': ']))
    .digest('hex');
}

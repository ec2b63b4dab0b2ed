import { createHash } from 'node:crypto';
import { withoutCredentials } from '../../secrets.ts';
import type { Target } from '../python.ts';
import type { Requirements } from './requirements.ts';

/** Raised whenever the same inputs would give another environment: it is part of every environment's name. */
export const BUILD_FORMAT = 2;

/** Lines that name where packages come from. */
const INDEX = /^--(extra-)?index-url |^--find-links /;

/**
 * Name of what an environment is made from, known without resolving anything.
 *
 * @param options - see {@link installerOptions}
 */
export function inputsHash(requirements: Requirements, target: Target, options: Record<string, string>): string {
  const { minor, abi, machine, libc, libcVersion } = target;
  const canonical = requirements.lines.map((line) => line.canonical);
  const indexes = canonical.filter((line) => INDEX.test(line));
  const others = canonical.filter((line) => !INDEX.test(line));
  const made = {
    format: BUILD_FORMAT,
    locked: requirements.locked,
    lines: [...new Set(others)].sort(),
    // Of two indexes that have a package uv takes the first: their order counts.
    indexes,
    target: { minor, abi, machine, libc, libcVersion },
    options: Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
  return createHash('sha256').update(JSON.stringify(made)).digest('hex');
}

/** Settings of pip and uv in the environment that change what they install; without credentials. */
export function installerOptions(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const counts =
    /^(PIP|UV)_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|NO_BINARY|ONLY_BINARY|PREFER_BINARY|PRE|PRERELEASE|RESOLUTION|INDEX_STRATEGY|EXCLUDE_NEWER|CONSTRAINT|OVERRIDE|UPLOADED_PRIOR_TO)$/;
  const options: Record<string, string> = {};
  for (const name of Object.keys(env).sort()) {
    const value = env[name];
    if (counts.test(name) && value !== undefined && value !== '') options[name] = withoutCredentials(value);
  }
  return options;
}

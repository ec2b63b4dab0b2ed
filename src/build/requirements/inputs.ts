import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutCredentials } from '../../secrets.ts';
import { runnerFiles, settingsOf } from '../debian/runner-files.ts';
import { sha256 } from '../manifest.ts';
import type { Target } from '../python.ts';
import type { Requirements } from './requirements.ts';

/** Raised whenever the same inputs would give another environment: it is part of every environment's name. */
export const BUILD_FORMAT = 2;

/**
 * Lines whose order counts: of two indexes that have a package uv takes the first, and of what may be compiled pip takes the last word
 * (`:none:` takes back what stands before it).
 */
const ORDERED = /^--(extra-)?index-url |^--find-links |^--(no|only)-binary /;

/** Settings of pip and uv that change what they install, as variables have them. */
const COUNTS =
  /^(PIP|UV)_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|NO_BINARY|NO_BINARY_PACKAGE|ONLY_BINARY|NO_BUILD\w*|PREFER_BINARY|PRE|PRERELEASE|RESOLUTION|INDEX_STRATEGY|EXCLUDE_NEWER|EXCLUDE_NEWER_PACKAGE|UPLOADED_PRIOR_TO|CONFIG_SETTINGS|CONSTRAINT|BUILD_CONSTRAINT|OVERRIDE)$/;

/** Those that name files: what is in these counts. */
const NAMES_FILES = /_(CONSTRAINT|OVERRIDE)$/;

/**
 * Name of what an environment is made from, known without resolving anything.
 *
 * @param options - see {@link installerOptions}
 */
export function inputsHash(requirements: Requirements, target: Target, options: Record<string, string>): string {
  const { minor, abi, machine, libc, libcVersion } = target;
  const canonical = requirements.lines.map((line) => line.canonical);
  const ordered = canonical.filter((line) => ORDERED.test(line));
  const others = canonical.filter((line) => !ORDERED.test(line));
  const made = {
    format: BUILD_FORMAT,
    locked: requirements.locked,
    lines: [...new Set(others)].sort(),
    ordered,
    target: { minor, abi, machine, libc, libcVersion },
    options: Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
  return createHash('sha256').update(JSON.stringify(made)).digest('hex');
}

/**
 * Settings of pip and uv that change what they install, in the environment and in pip's own configuration files; without credentials, and with
 * digests of the files that they name.
 *
 * @param top - folder of the source tree, where installers run
 */
export async function installerOptions(
  top: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Record<string, string>> {
  const names = Object.keys(env).sort();
  const given = names.map((name) => ({ shown: name, name, value: env[name] ?? '' }));
  const { configurations } = await runnerFiles(env);
  const configured = configurations.flatMap(settingsOf).map(({ name, value }) => ({
    shown: `pip.conf ${name}`,
    name: `PIP_${name.toUpperCase().replaceAll('-', '_')}`,
    value,
  }));
  const options: Record<string, string> = {};
  for (const { shown, name, value } of [...given, ...configured]) {
    if (!COUNTS.test(name) || value.trim() === '') continue;
    const digests = NAMES_FILES.test(name) ? await digestsOf(value, top) : [];
    // Of several configuration files each has its say.
    const before = options[shown] === undefined ? [] : [options[shown]];
    options[shown] = [...before, withoutCredentials(value.trim().replace(/\s+/g, ' ')), ...digests].join(' ');
  }
  return options;
}

/** Digests of the files that a setting names, between blanks. What is not there is for the installer to say. */
async function digestsOf(value: string, top: string): Promise<string[]> {
  const found = await Promise.all(
    value.split(/\s+/).map(async (word) => {
      if (word.includes('://') && !word.startsWith('file://')) return [];
      try {
        const path = word.startsWith('file://') ? fileURLToPath(word) : resolve(top, word);
        return [`sha256:${sha256(await readFile(path))}`];
      } catch {
        return [];
      }
    }),
  );
  return found.flat();
}

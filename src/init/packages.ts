/** Names of the packages that a project asks for, whatever file says so. */
import { posix } from 'node:path';
import { readOptional } from '../build/locks/toml.ts';
import { normaliseName } from '../build/requirements/requirement-lines.ts';
import { readRequirements } from '../build/requirements/requirements.ts';

/** How each of the files writes the name of a package. */
const NAMES: Readonly<Record<string, RegExp>> = {
  'uv.lock': /^name = "([^"]+)"/gm,
  'poetry.lock': /^name = "([^"]+)"/gm,
  'Pipfile.lock': /^ {8}"([^"]+)": \{/gm,
  'pyproject.toml': /^\s*["']([A-Za-z0-9][\w.-]*)\s*[[<>=!~;"' ]/gm,
};

/** @throws BuildErrors where a requirements file names one that is not there */
export async function packagesIn(top: string, file: string): Promise<ReadonlySet<string>> {
  const pattern = NAMES[posix.basename(file)];
  if (pattern === undefined) {
    const { lines } = await readRequirements(top, file);
    const names = lines.map(({ canonical }) => /^[\w.-]+/.exec(canonical)?.[0] ?? '');
    return new Set(names.filter((name) => name !== '').map(normaliseName));
  }
  const text = (await readOptional(top, file)) ?? '';
  return new Set([...text.matchAll(pattern)].map(([, name = '']) => normaliseName(name)));
}

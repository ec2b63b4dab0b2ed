/** The Debian packages that a project names beside its Python requirements. */
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { BuildError, codeOf, type Place, refuse } from '../errors.ts';

/** What the environment's packages need, and what the site's own source needs. */
const PACKAGE_FILES = ['venv-debian-requirements.txt', 'src-debian-requirements.txt'] as const;

/** A name as dpkg has it. At the end apt takes "-" for a removal. */
export const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]*[a-z0-9+.]$/;

/** A package that the site needs, and the line that asks for it. */
export interface DebianPackage {
  name: string;
  place: Place;
}

/**
 * Reads both files where the project has them: one name a line, `#` begins a comment.
 *
 * @param top - folder of the source tree
 * @param project - folder of manage.py in it: the files stand there, or at the top
 * @returns each name once, sorted
 * @throws BuildErrors with all lines that are no names
 */
export async function readDebianPackages(top: string, project: string): Promise<DebianPackage[]> {
  const found = new Map<string, DebianPackage>();
  const faults: BuildError[] = [];
  const folders = [...new Set(['.', posix.normalize(project)])];
  for (const file of folders.flatMap((folder) => PACKAGE_FILES.map((name) => posix.join(folder, name)))) {
    for (const [index, line] of (await readOptional(join(top, file))).split(/\r?\n/).entries()) {
      const word = line.replace(/#.*/, '').trim();
      if (word === '') continue;
      const place = { file, line: index + 1 };
      if (PACKAGE_NAME.test(word)) found.set(word, found.get(word) ?? { name: word, place });
      else {
        const mend = 'write one name a line, as apt-get install takes it, without a version: libpq5';
        faults.push(new BuildError(`${word} is not the name of a Debian package`, { mend, place }));
      }
    }
  }
  refuse(faults);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is asked of a host that lacks some of them, with the lines that ask for each. Pure. */
export function lackingOnHost(
  wanted: readonly DebianPackage[],
  missing: readonly string[],
): { what: string; mend: string } {
  const places = wanted
    .filter(({ name }) => missing.includes(name))
    .map(({ name, place }) => `${name} (${place.file}:${place.line})`);
  return {
    what: `Debian packages are not installed on the host: ${places.join(', ')}`,
    mend: `as root: apt-get install --yes --no-install-recommends ${missing.join(' ')}; or let deploys do that: host-packages: install (docs/host-setup.md)`,
  };
}

async function readOptional(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return '';
    throw thrown;
  }
}

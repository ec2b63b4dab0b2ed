/** Which Python a project is for, by its own words. */
import { posix } from 'node:path';
import * as z from 'zod';
import { fitsConstraint } from '../build/locks/poetry-constraint.ts';
import { parseToml, readOptional } from '../build/locks/toml.ts';
import type { Finding } from './finding.ts';

/** The Python of the Debian release that the guide is written for. */
const USUAL = 11;
/** Minor versions of Python 3, those after the usual one first. */
const MINORS = [...Array(20).keys()].map((minor) => minor + USUAL).concat([10, 9, 8]);

const PYPROJECT = z.object({
  project: z.object({ 'requires-python': z.string().optional() }).optional(),
  tool: z
    .object({
      poetry: z
        .object({
          dependencies: z.object({ python: z.string().optional() }).optional(),
        })
        .optional(),
    })
    .optional(),
});

/**
 * The Python of the runner, which is the host's.
 * @param project folder of manage.py: what its files say goes before what those of the top say
 * @throws BuildError where pyproject.toml is no TOML
 */
export async function pythonOf(top: string, project: string): Promise<Finding> {
  const what = 'python';
  const folders = [...new Set([project, '.'])];
  for (const folder of folders) {
    const file = posix.join(folder, '.python-version');
    const chosen = /3\.\d{1,2}/.exec((await readOptional(top, file)) ?? '')?.[0];
    if (chosen !== undefined) return { mark: 'found', what, value: chosen, why: `${file}; the host needs it too` };
  }
  const why = 'what `python3 --version` says on the host';
  for (const folder of folders) {
    const file = posix.join(folder, 'pyproject.toml');
    const wanted = wantedIn((await readOptional(top, file)) ?? '', file);
    if (wanted === undefined) continue;
    const minor = MINORS.find((one) => letsIn(wanted, one)) ?? USUAL;
    return { mark: 'guessed', what, value: `3.${minor}`, why: `${why}; ${file} wants ${wanted}` };
  }
  return { mark: 'guessed', what, value: `3.${USUAL}`, why };
}

/** What `requires-python`, or Poetry's own way to write it, says. */
function wantedIn(text: string, file: string): string | undefined {
  const { data } = PYPROJECT.safeParse(parseToml(text, file));
  return data?.project?.['requires-python'] ?? data?.tool?.poetry?.dependencies?.python;
}

/** Whether any release of Python 3.`minor` fits: `>=3.12.4` begins in the midst of one, `<=3.11` ends at the first of one. */
function letsIn(wanted: string, minor: number): boolean {
  return [`3.${minor}.0`, `3.${minor}.99`].some((version) => fitsConstraint(version, wanted));
}

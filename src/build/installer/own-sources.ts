import { join } from 'node:path';
import { copyTree } from '../copy.ts';
import type { Requirements } from '../requirements/requirements.ts';

/**
 * Has packages of the repository built from a copy: what their build leaves there (objects, libraries) is no part of the source, and
 * must not be taken for its own by the next build, which may be one for another system.
 *
 * @param scratch - folder of this one build
 * @returns where they are built from, and the requirements that say so
 */
export async function ownSources(
  top: string,
  requirements: Requirements,
  scratch: string,
): Promise<{ top: string; requirements: Requirements }> {
  if (!requirements.lines.some(({ canonical }) => canonical.includes(' sha256:'))) return { top, requirements };
  const copy = join(scratch, 'top');
  await copyTree(top, copy);
  const lines = requirements.lines.map((line) => ({ ...line, text: line.text.replaceAll(top, copy) }));
  return { top: copy, requirements: { ...requirements, lines } };
}

/** Which of a project's files says what is installed. */
import { posix } from 'node:path';
import { BuildError } from '../errors.ts';
import { readRequirements } from '../requirements/requirements.ts';
import type { Asked, Wanted } from './asked.ts';
import { readPipenv } from './pipenv.ts';
import { readPoetry } from './poetry.ts';
import { readProject } from './pyproject.ts';
import { readOptional } from './toml.ts';
import { readUv } from './uv.ts';

const READERS: Readonly<Record<string, (wanted: Wanted) => Promise<Asked>>> = {
  'uv.lock': readUv,
  'poetry.lock': readPoetry,
  'Pipfile.lock': readPipenv,
  'pyproject.toml': readProject,
};

/** What is taken when nothing is named, of those that stand beside one another; a `pyproject.toml` only when there is nothing else. */
const EXACT = ['uv.lock', 'poetry.lock', 'Pipfile.lock', 'requirements.txt'];

export interface Choice {
  top: string;
  /** `python: { requirements: FILE }`; undefined to look for one. */
  named: string | undefined;
  groups: readonly string[];
  extras: readonly string[];
  /** Folder of the project, relative to the top: where a file is looked for when there is none at the top. */
  project: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * Reads what a project asks for, from the file that is named or from the one that is there.
 * @throws BuildError, or BuildErrors, when there is none, when there are two, or with what is wrong in it
 */
export async function readAsked(choice: Choice): Promise<Asked> {
  const { top, groups, extras, env = process.env } = choice;
  const file = choice.named ?? (await findRequirements(top, choice.project));
  const wanted: Wanted = { top, file, groups, extras, env };
  const read = READERS[posix.basename(file)];
  if (read !== undefined) return await read(wanted);
  if (groups.length + extras.length > 0)
    throw new BuildError('a requirements file has neither groups nor extras', {
      mend: 'take python: { groups: ..., extras: ... } out of graceful.yml, or name another file there: python: { requirements: uv.lock }',
      place: { file },
    });
  const requirements = await readRequirements(top, file);
  return { file, on: async () => requirements };
}

/**
 * The file that says what is to be installed, relative to the top.
 * @throws BuildError when there is none, or two
 */
export async function findRequirements(top: string, project: string): Promise<string> {
  for (const folder of new Set(['.', project])) {
    const there = async (name: string): Promise<boolean> =>
      (await readOptional(top, posix.join(folder, name))) !== null;
    const found: string[] = [];
    for (const name of EXACT) if (await there(name)) found.push(posix.join(folder, name));
    const [one, other] = found;
    if (one !== undefined && other !== undefined)
      throw new BuildError(`${found.join(' and ')} each say what is to be installed`, {
        mend: `name the one that counts, python: { requirements: ${one} } in graceful.yml, or delete the other`,
      });
    if (one !== undefined) return one;
    if (await there('pyproject.toml')) {
      if (await there('Pipfile')) throw unlocked(posix.join(folder, 'Pipfile'));
      return posix.join(folder, 'pyproject.toml');
    }
    if (await there('Pipfile')) throw unlocked(posix.join(folder, 'Pipfile'));
  }
  throw new BuildError(
    'no file of the commit says which packages the site needs: there is no requirements.txt, uv.lock, poetry.lock, Pipfile.lock or pyproject.toml',
    { mend: 'commit one of them, or name another one by python: { requirements: FILE } in graceful.yml' },
  );
}

function unlocked(file: string): BuildError {
  return new BuildError('there is no Pipfile.lock beside it', {
    mend: 'pipenv lock, and commit Pipfile.lock',
    place: { file },
  });
}

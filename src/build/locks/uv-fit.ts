/** Whether a `uv.lock` was made from the `pyproject.toml` beside it: told without uv as far as that goes, and by uv where there is one. */
import { BuildError, type Place } from '../errors.ts';
import { installerEnv } from '../installer/find.ts';
import { canonicalRequirement, normaliseName } from '../requirements/requirement-lines.ts';
import { run } from '../run.ts';
import type { Ask, Project } from './pyproject.ts';
import type { UvPackage } from './uv.ts';

/**
 * Asks uv itself, which knows of markers, sources and settings too; without uv nothing is told.
 *
 * @param folder of the project, absolute
 */
export async function assertFits(folder: string, env: NodeJS.ProcessEnv, place: Place, again: string): Promise<void> {
  try {
    // A lock file that fits is known to without asking an index.
    const how = ['--check', '--quiet', '--no-python-downloads', '--project', folder];
    await run(['uv', 'lock', ...how], { env: installerEnv(env), cwd: folder });
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown;
    // Anything else is no word about the lock: there is no uv, no Python that it likes, no way to an index.
    if (!/needs to be updated/.test(thrown.output.join(' '))) return;
    throw new BuildError('it does not fit pyproject.toml any longer, as uv says', {
      mend: again,
      place,
      output: [...thrown.output],
      cause: thrown,
    });
  }
}

/** Faults of a project that asks for something else than it did when it was locked, each at its line. Pure. */
export function fitFaults(project: Project, root: UvPackage, again: string): BuildError[] {
  const { metadata } = root;
  // Written before uv kept it, or computed by the project's build: only uv itself could tell.
  if (metadata === undefined || project.dependencies === null) return [];
  const faults: BuildError[] = [];
  const locked = new Map<string, Set<string>>();
  const elsewhere = new Set<string>();
  const add = (where: string, one: (typeof metadata)['requires-dist'][number]): void => {
    const name = normaliseName(one.name);
    if (one.git ?? one.url ?? one.path ?? one.directory ?? one.editable ?? one.virtual) elsewhere.add(name);
    const key = `${where} ${name}`;
    locked.set(key, (locked.get(key) ?? new Set()).add(specifiers(one.specifier ?? '')));
  };
  for (const one of metadata['requires-dist']) add('project', one);
  for (const [group, ones] of Object.entries(metadata['requires-dev']))
    for (const one of ones) add(`group ${normaliseName(group)}`, one);
  const asked = new Set<string>();
  const compare = (where: string, { text, line }: Ask): void => {
    const [, name = '', rest = ''] = /^([a-z0-9-]+)(?:\[[^\]]*\])?([^;]*)/.exec(canonicalRequirement(text)) ?? [];
    const key = `${where} ${name}`;
    asked.add(key);
    const versions = locked.get(key);
    const same = versions?.has(specifiers(rest)) === true || elsewhere.has(name) || rest.trim().startsWith('@');
    if (versions !== undefined && same) return;
    // One line is of several groups when one includes another.
    if (line !== undefined && faults.some(({ place }) => place?.line === line && place.file === project.file)) return;
    const what = versions === undefined ? `does not have ${name}` : `was made for ${name}${[...versions].join(' or ')}`;
    faults.push(
      new BuildError(`uv.lock ${what}, and the project asks for ${text}`, {
        mend: again,
        place: line === undefined ? { file: project.file } : { file: project.file, line },
      }),
    );
  };
  for (const ask of [...project.dependencies, ...[...project.extras.values()].flat()]) compare('project', ask);
  for (const [group, asks] of project.groups) for (const ask of asks) compare(`group ${normaliseName(group)}`, ask);
  const gone = [...locked.keys()].filter((key) => !asked.has(key)).map((key) => key.split(' ').at(-1));
  if (gone.length > 0)
    faults.push(
      new BuildError(`uv.lock was made for ${[...new Set(gone)].join(', ')}, which the project asks for no longer`, {
        mend: again,
        place: { file: project.file },
      }),
    );
  return faults;
}

function specifiers(text: string): string {
  const parts = text.split(',').map((part) => part.replace(/\s+/g, ''));
  return parts
    .filter((part) => part !== '')
    .sort()
    .join(',');
}

/** Whether a `uv.lock` was made from the `pyproject.toml` beside it: told without uv as far as that goes, and by uv where there is one. */
import { BuildError, codeOf, type Place } from '../errors.ts';
import { installerEnv } from '../installer/find.ts';
import { loginSecrets } from '../installer/logins.ts';
import { canonicalRequirement, normaliseName } from '../requirements/requirement-lines.ts';
import { run } from '../run.ts';
import { member } from './poetry-fit.ts';
import type { Ask, Project } from './pyproject.ts';
import type { UvPackage } from './uv.ts';

/**
 * Asks uv itself, which knows of markers, sources and settings too; without uv nothing is told.
 *
 * @param folder of the project, absolute
 * @returns a notice where uv is there and cannot tell
 */
export async function assertFits(
  folder: string,
  env: NodeJS.ProcessEnv,
  place: Place,
  again: string,
): Promise<string[]> {
  try {
    // A lock file that fits is known to without asking an index.
    const how = ['--check', '--quiet', '--no-python-downloads', '--project', folder];
    await run(['uv', 'lock', ...how], { env: installerEnv(env), cwd: folder, secrets: loginSecrets([], env) });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown;
    if (/needs to be updated/.test(thrown.output.join(' ')))
      throw new BuildError('it does not fit pyproject.toml any longer, as uv says', {
        mend: again,
        place,
        output: [...thrown.output],
        cause: thrown,
      });
    if (codeOf(thrown.cause) === 'ENOENT') return [];
    // No word about the lock: there is no Python that it likes, no way to an index.
    const why = thrown.output.find((line) => /error:|×/.test(line)) ?? thrown.output[0] ?? thrown.message;
    return [
      `uv cannot tell whether ${place.file} fits pyproject.toml (${why.trim()}): names, extras and versions were compared without it, markers, sources and settings of uv were not`,
    ];
  }
}

/**
 * Faults of a project that asks for something else than it did when it was locked, each at its line. Names, extras and versions alone:
 * uv writes markers in its own way. Pure.
 */
export function fitFaults(project: Project, root: UvPackage, again: string): BuildError[] {
  const { metadata } = root;
  // Written before uv kept it, or computed by the project's build: only uv itself could tell.
  if (metadata === undefined || project.dependencies === null) return [];
  const faults: BuildError[] = [];
  const locked = new Map<string, Set<string>>();
  // Extras may name others of the project itself.
  const elsewhere = new Set(project.name === undefined ? [] : [normaliseName(project.name)]);
  const add = (where: string, one: (typeof metadata)['requires-dist'][number]): void => {
    const name = normaliseName(one.name);
    if (one.git ?? one.url ?? one.path ?? one.directory ?? one.editable ?? one.virtual) elsewhere.add(name);
    const key = `${where} ${name}`;
    locked.set(key, (locked.get(key) ?? new Set()).add(`${extrasText(one.extras)}${specifiers(one.specifier ?? '')}`));
  };
  for (const one of metadata['requires-dist']) add('project', one);
  for (const [group, ones] of Object.entries(metadata['requires-dev']))
    for (const one of ones) add(`group ${normaliseName(group)}`, one);
  const asked = new Set<string>();
  const compare = (where: string, { text, line }: Ask): void => {
    const [, name = '', extras = '', rest = ''] =
      /^([a-z0-9-]+)(?:\[([^\]]*)\])?([^;]*)/.exec(canonicalRequirement(text)) ?? [];
    const key = `${where} ${name}`;
    asked.add(key);
    const versions = locked.get(key);
    const wanted = `${extrasText(extras.split(','))}${specifiers(rest)}`;
    const same = versions?.has(wanted) === true || elsewhere.has(name) || rest.trim().startsWith('@');
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

/**
 * The fault of a project that wants another Python than it did when it was locked. uv writes ranges in its own way: only the bounds of plain
 * ones are compared. Pure.
 *
 * @param locked `requires-python` of a lock file of this project alone
 */
export function pythonFaults(project: Project, locked: string | undefined, again: string): BuildError[] {
  const { data, file, requiresPython: asked } = project;
  // A group may want another Python than the project.
  const byGroup = member(member(member(data, 'tool'), 'uv'), 'dependency-groups');
  if (asked === undefined || locked === undefined || byGroup !== undefined) return [];
  const [was, is] = [bounds(locked), bounds(asked.text)];
  if (was === undefined || is === undefined) return [];
  const either = was.below === undefined || is.below === undefined;
  if (was.least === is.least && (either || was.below === is.below)) return [];
  return [
    new BuildError(`uv.lock was made for Python ${locked}, and the project asks for ${asked.text}`, {
      mend: again,
      place: asked.line === undefined ? { file } : { file, line: asked.line },
    }),
  ];
}

/** The bounds of a range such as `>=3.11,<4`, without zeros at their ends; undefined where it is of another form. Pure. */
function bounds(range: string): { least: string; below: string | undefined } | undefined {
  const parts = range.split(',').map((part) => /^\s*(>=|<)\s*(\d+(?:\.\d+)*?)(?:\.0)*\s*$/.exec(part));
  const of = (operator: string): (string | undefined)[] =>
    parts.filter((part) => part?.[1] === operator).map((part) => part?.[2]);
  const [least, ...more] = of('>=');
  const [below, ...others] = of('<');
  if (least === undefined || more.length + others.length > 0 || parts.includes(null)) return undefined;
  return { least, below };
}

function extrasText(extras: readonly string[]): string {
  const names = extras.map((extra) => normaliseName(extra.trim())).filter((extra) => extra !== '');
  return names.length === 0 ? '' : `[${[...new Set(names)].sort().join(',')}]`;
}

function specifiers(text: string): string {
  const parts = text.split(',').map((part) => part.replace(/\s+/g, ''));
  return parts
    .filter((part) => part !== '')
    .sort()
    .join(',');
}

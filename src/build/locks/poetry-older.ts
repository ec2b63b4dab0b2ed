/** What Poetry before 2.0 left out of its lock files: which packages a group or an extra comes to on a host. */
import { rcompare } from '@renovatebot/pep440';
import { BuildError } from '../errors.ts';
import { canonicalRequirement, normaliseName } from '../requirements/requirement-lines.ts';
import { holdsAt, type Wanted } from './asked.ts';
import type { MarkerHost } from './markers.ts';
import type { PoetryPackage } from './poetry.ts';
import { fitsConstraint } from './poetry-constraint.ts';
import { member } from './poetry-fit.ts';
import type { Project } from './pyproject.ts';
import { at } from './toml.ts';

interface Need {
  name: string;
  version: string;
  markers: string | undefined;
  /** For which Pythons, as `pyproject.toml` may say. */
  python: string | undefined;
  optional: boolean;
  extras: string[];
}

/** Names of the groups that a project has, in either way of saying so. */
export function groupNames(project: Project): string[] {
  const poetry = tool(project);
  const named = Object.keys(table(member(poetry, 'group')));
  const old = member(poetry, 'dev-dependencies') === undefined ? [] : ['dev'];
  return [...new Set([...named, ...old, ...project.groups.keys()])];
}

/**
 * The packages needed on a host, found from package to package.
 * @throws BuildError when the lock lacks one
 */
export function reachOlder(
  project: Project,
  extrasOf: Readonly<Record<string, string[]>>,
  packages: readonly PoetryPackage[],
  wanted: Wanted,
  host: MarkerHost,
  again: string,
): PoetryPackage[] {
  const { file, groups, extras } = wanted;
  const active = new Set(extras.map(normaliseName));
  const chosen = new Set(
    Object.entries(extrasOf)
      .filter(([name]) => active.has(normaliseName(name)))
      .flatMap(([, names]) => names.map(normaliseName)),
  );
  const found = new Map<PoetryPackage, Set<string>>();
  const waiting: { need: Need; by: string; line: number | undefined }[] = rootNeeds(project, groups)
    .filter(({ name, optional }) => !optional || chosen.has(name))
    .map((need) => ({ need, by: project.file, line: undefined }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { need, by, line } = next;
    if (need.python !== undefined && !fitsConstraint(host.version, need.python)) continue;
    if (!holdsAt(need.markers, host, active, at(file, line))) continue;
    const fits = packages.filter(
      (one) => normaliseName(one.name) === need.name && fitsConstraint(host.version, one['python-versions']),
    );
    // Of several that fit, Poetry takes the newest.
    const [target] = fits
      .filter((one) => fits.length === 1 || fitsConstraint(one.version, need.version))
      .sort((a, b) => rcompare(a.version, b.version));
    if (target === undefined) {
      const what = `${need.name}, which ${by} needs, is not in this lock file`;
      throw new BuildError(what, { mend: again, place: at(file, line) });
    }
    const seen = found.get(target);
    const fresh = need.extras.filter((extra) => seen?.has(extra) !== true);
    found.set(target, new Set([...(seen ?? []), ...fresh]));
    const needs = Object.entries(target.dependencies).flatMap(([name, value]) => needsOf(name, value));
    const byExtra = new Set(fresh.flatMap((extra) => namesOf(target.extras[extra] ?? [])));
    waiting.push(
      ...needs
        .filter((one) => (one.optional ? byExtra.has(one.name) : seen === undefined))
        .map((one) => ({ need: one, by: target.name, line: target.line })),
    );
  }
  return [...found.keys()];
}

/** What the project itself asks for. */
function rootNeeds(project: Project, groups: readonly string[]): Need[] {
  const poetry = tool(project);
  const wanted = new Set(groups.map(normaliseName));
  const tables = [
    table(member(poetry, 'dependencies')),
    ...(wanted.has('dev') ? [table(member(poetry, 'dev-dependencies'))] : []),
    ...Object.entries(table(member(poetry, 'group')))
      .filter(([name]) => wanted.has(normaliseName(name)))
      .map(([, group]) => table(member(group, 'dependencies'))),
  ];
  return tables
    .flatMap((one) => Object.entries(one))
    .filter(([name]) => name !== 'python')
    .flatMap(([name, value]) => needsOf(name, value));
}

function needsOf(name: string, value: unknown): Need[] {
  if (Array.isArray(value)) return value.flatMap((one) => needsOf(name, one));
  const text = (key: string): string | undefined => {
    const found = member(value, key);
    return typeof found === 'string' ? found : undefined;
  };
  const extras = member(value, 'extras');
  return [
    {
      name: normaliseName(name),
      version: typeof value === 'string' ? value : (text('version') ?? '*'),
      markers: text('markers'),
      python: text('python'),
      optional: member(value, 'optional') === true,
      extras: Array.isArray(extras) ? extras.map(String) : [],
    },
  ];
}

/** Names at the beginnings of requirements. */
function namesOf(requirements: readonly string[]): string[] {
  return requirements.flatMap((one) => /^[a-z0-9-]+/.exec(canonicalRequirement(one))?.[0] ?? []);
}

const tool = (project: Project): unknown => member(member(project.data, 'tool'), 'poetry');

function table(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/** uv.lock: the packages that a project comes to on one host, found by going from package to package as uv does. */
import { join, posix } from 'node:path';
import { satisfies } from '@renovatebot/pep440';
import * as z from 'zod';
import { BuildError, refuse } from '../errors.ts';
import { normaliseName } from '../requirements/requirement-lines.ts';
import { type Asked, holdsAt, pinned, unknownNames, type Wanted, wrongPython } from './asked.ts';
import type { MarkerHost } from './markers.ts';
import { gitAddress, type Index, indexOptions, inVariable, type Pin } from './pin.ts';
import { projectOf } from './pyproject.ts';
import { at, lineOf, packageLines, parseToml, readNeeded, shaped } from './toml.ts';
import { assertFits, fitFaults, pythonFaults } from './uv-fit.ts';

/** Where a package comes from, when not from an index. */
const Place = z.object({
  git: z.string().optional(),
  url: z.string().optional(),
  path: z.string().optional(),
  directory: z.string().optional(),
  editable: z.string().optional(),
  virtual: z.string().optional(),
});

const Source = Place.extend({ registry: z.string().optional(), subdirectory: z.string().optional() });

const Dependency = z.object({
  name: z.string(),
  version: z.string().optional(),
  source: Source.optional(),
  marker: z.string().optional(),
  extra: z.array(z.string()).optional(),
});
type Dependency = z.infer<typeof Dependency>;

const File = z.object({ hash: z.string().optional() });

/** What a project asked for when it was locked. */
const Requires = Place.extend({
  name: z.string(),
  extras: z.array(z.string()).default([]),
  specifier: z.string().optional(),
});

const Package = z.object({
  name: z.string(),
  version: z.string().optional(),
  source: Source,
  dependencies: z.array(Dependency).default([]),
  'optional-dependencies': z.record(z.string(), z.array(Dependency)).default({}),
  'dev-dependencies': z.record(z.string(), z.array(Dependency)).default({}),
  sdist: File.optional(),
  wheels: z.array(File).default([]),
  metadata: z
    .object({
      'requires-dist': z.array(Requires).default([]),
      'requires-dev': z.record(z.string(), z.array(Requires)).default({}),
    })
    .optional(),
});
export type UvPackage = z.infer<typeof Package>;

const Lock = z.object({
  version: z.literal(1, { error: 'only version 1 is known' }),
  'requires-python': z.string().optional(),
  // Of a workspace with several members, each of which has its say about Python.
  manifest: z.object({ members: z.array(z.string()).default([]) }).default({ members: [] }),
  package: z.array(Package).default([]),
});

const AGAIN = 'uv lock, and commit uv.lock';

/** Reads `uv.lock` and the `pyproject.toml` beside it. @throws BuildError, or BuildErrors when they do not fit */
export async function readUv(wanted: Wanted): Promise<Asked> {
  const { top, file, env } = wanted;
  const text = await readNeeded(top, file, 'uv lock, and commit the file');
  const lock = shaped(Lock, parseToml(text, file), file, `${AGAIN}: it is of another version of uv, perhaps`);
  const folder = posix.dirname(file);
  const project = await projectOf(top, posix.join(folder, 'pyproject.toml'));
  const lines = packageLines(text);
  const packages = lock.package.map((one, index) => ({ ...one, line: lines[index] }));
  const own = packages.filter(({ source }) => (source.virtual ?? source.editable ?? source.directory) === '.');
  // A workspace whose top is no project itself: all its members.
  const roots =
    own.length > 0 ? own : packages.filter(({ source }) => (source.virtual ?? source.editable) !== undefined);
  const known = (part: 'optional-dependencies' | 'dev-dependencies'): string[] =>
    roots.flatMap((root) => Object.keys(root[part]));
  refuse([
    ...own.flatMap((root) => fitFaults(project, root, AGAIN)),
    ...(lock.manifest.members.length > 0 ? [] : pythonFaults(project, lock['requires-python'], AGAIN)),
    ...unknownNames('group', wanted.groups, [...known('dev-dependencies'), ...project.groups.keys()], project.file),
    ...unknownNames(
      'extra',
      wanted.extras,
      [...known('optional-dependencies'), ...project.extras.keys()],
      project.file,
    ),
  ]);
  const notices = await assertFits(join(top, folder), env, { file }, AGAIN);
  const python = lock['requires-python'];
  return {
    file,
    notices,
    on: async (host) => {
      if (python !== undefined && !satisfies(host.version, python, { prereleases: true }))
        throw wrongPython(python, host, at(file, lineOf(text, /^requires-python\b/)));
      const reached = reach(roots, packages, wanted, host);
      const pins = reached.flatMap((one) => pinOf(one, file));
      const indexes = reached.flatMap(({ source: { registry } }): Index[] =>
        registry === undefined ? [] : [{ url: registry, name: project.indexes.get(registry.replace(/\/$/, '')) }],
      );
      const options = indexOptions(indexes, (name) => ({
        user: env[`UV_INDEX_${inVariable(name)}_USERNAME`],
        password: env[`UV_INDEX_${inVariable(name)}_PASSWORD`],
      }));
      return await pinned(wanted, pins, options, AGAIN);
    },
  };
}

type Placed = UvPackage & { line: number | undefined };

/** All packages that the roots come to on a host. @throws BuildError when the lock lacks one of them */
function reach(roots: readonly Placed[], packages: readonly Placed[], wanted: Wanted, host: MarkerHost): Placed[] {
  const { file, groups, extras } = wanted;
  const picked = (part: Record<string, Dependency[]>, names: readonly string[]): Dependency[] =>
    Object.entries(part)
      .filter(([name]) => names.some((one) => normaliseName(one) === normaliseName(name)))
      .flatMap(([, dependencies]) => dependencies);
  // What uv writes into markers where extras or groups of the project exclude one another.
  const active = new Set(
    roots.flatMap(({ name }) => [
      ...extras.map((extra) => `extra-${name.length}-${name}-${extra}`),
      ...groups.map((group) => `group-${name.length}-${name}-${group}`),
    ]),
  );
  const found = new Map<Placed, Set<string>>();
  const waiting: { dependency: Dependency; by: Placed }[] = roots.flatMap((by) =>
    [...by.dependencies, ...picked(by['optional-dependencies'], extras), ...picked(by['dev-dependencies'], groups)].map(
      (dependency) => ({ dependency, by }),
    ),
  );
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { dependency, by } = next;
    if (!holdsAt(dependency.marker, host, active, at(file, by.line))) continue;
    const target = packages.find((one) => isOf(dependency, one));
    if (target === undefined)
      throw new BuildError(`${dependency.name}, which ${by.name} needs, is not in this lock file`, {
        mend: AGAIN,
        place: at(file, by.line),
      });
    const seen = found.get(target);
    const fresh = (dependency.extra ?? []).filter((extra) => !seen?.has(extra));
    found.set(target, new Set([...(seen ?? []), ...fresh]));
    const more = [
      ...(seen === undefined ? target.dependencies : []),
      ...picked(target['optional-dependencies'], fresh),
    ];
    waiting.push(...more.map((one) => ({ dependency: one, by: target })));
  }
  return [...found.keys()].filter((one) => !roots.includes(one) && one.source.virtual === undefined);
}

/** Version and source stand at a dependency only where its name alone would not tell. */
function isOf({ name, version, source }: Dependency, one: UvPackage): boolean {
  if (one.name !== name || (version !== undefined && one.version !== version)) return false;
  return source === undefined || JSON.stringify(source) === JSON.stringify(one.source);
}

function pinOf({ name, version, source, sdist, wheels, line }: Placed, file: string): Pin[] {
  const hashes = [...(sdist === undefined ? [] : [sdist]), ...wheels].flatMap(({ hash }) => hash ?? []);
  const part = source.subdirectory === undefined ? '' : `#subdirectory=${source.subdirectory}`;
  if (source.registry !== undefined) return [{ name, version, address: undefined, hashes, line }];
  if (source.git !== undefined) {
    const [, repository = '', query = '', commit = ''] = /^([^?#]*)\??([^#]*)#?(.*)$/.exec(source.git) ?? [];
    const folder = new URLSearchParams(query).get('subdirectory') ?? undefined;
    return [{ name, version, address: gitAddress(repository, commit, folder), hashes: [], line }];
  }
  if (source.url !== undefined) return [{ name, version, address: `${source.url}${part}`, hashes, line }];
  const path = source.path ?? source.directory ?? source.editable;
  if (path !== undefined)
    return [{ name, version, address: `file:${path}`, hashes: source.path === undefined ? [] : hashes, line }];
  throw new BuildError(`${name} comes from a kind of place that is not known`, { mend: AGAIN, place: at(file, line) });
}

/** poetry.lock: of version 2.1 it says for each package when it is needed, of earlier ones that is to be found out. */
import { posix } from 'node:path';
import * as z from 'zod';
import { BuildError, refuse } from '../errors.ts';
import { normaliseName } from '../requirements/requirement-lines.ts';
import { type Asked, holdsAt, pinned, unknownNames, type Wanted, wrongPython } from './asked.ts';
import type { MarkerHost } from './markers.ts';
import { gitAddress, type Index, indexOptions, inVariable, type Pin } from './pin.ts';
import { fitsConstraint } from './poetry-constraint.ts';
import { contentHashes } from './poetry-fit.ts';
import { groupNames, reachOlder } from './poetry-older.ts';
import { projectOf } from './pyproject.ts';
import { at, lineOf, packageLines, parseToml, readNeeded, shaped } from './toml.ts';

const File = z.object({ hash: z.string() });

const OneDependency = z.union([
  z.string(),
  z.object({
    version: z.string().optional(),
    markers: z.string().optional(),
    optional: z.boolean().optional(),
    extras: z.array(z.string()).optional(),
  }),
]);

const Package = z.object({
  name: z.string(),
  version: z.string(),
  'python-versions': z.string().default('*'),
  groups: z.array(z.string()).optional(),
  markers: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  files: z.array(File).optional(),
  dependencies: z.record(z.string(), z.union([OneDependency, z.array(OneDependency)])).default({}),
  extras: z.record(z.string(), z.array(z.string())).default({}),
  source: z
    .object({
      type: z.string(),
      url: z.string(),
      reference: z.string().optional(),
      resolved_reference: z.string().optional(),
      subdirectory: z.string().optional(),
    })
    .optional(),
});
export type PoetryPackage = z.infer<typeof Package> & { line: number | undefined };

const Lock = z.object({
  package: z.array(Package).default([]),
  extras: z.record(z.string(), z.array(z.string())).default({}),
  metadata: z.object({
    'lock-version': z
      .string()
      .regex(/^[12]\./, { error: 'only versions 1 and 2 are known' })
      .default('1.0'),
    'python-versions': z.string().default('*'),
    'content-hash': z.string(),
    files: z.record(z.string(), z.array(File)).optional(),
  }),
});

const AGAIN = 'poetry lock, and commit poetry.lock';

/** Reads `poetry.lock` and the `pyproject.toml` beside it. @throws BuildError, or BuildErrors when they do not fit */
export async function readPoetry(wanted: Wanted): Promise<Asked> {
  const { top, file, groups, extras, env } = wanted;
  const text = await readNeeded(top, file, 'poetry lock, and commit the file');
  const lock = shaped(Lock, parseToml(text, file), file, `${AGAIN}: it is of another version of Poetry, perhaps`);
  const project = await projectOf(top, posix.join(posix.dirname(file), 'pyproject.toml'));
  const { metadata } = lock;
  const fits = contentHashes(project.data).includes(metadata['content-hash']);
  const known = new Set([...Object.keys(lock.extras), ...project.extras.keys()]);
  refuse([
    ...(fits
      ? []
      : [
          new BuildError(`it was made for another ${project.file}: what that asks for was changed since`, {
            mend: AGAIN,
            place: at(file, lineOf(text, /^content-hash\b/)),
          }),
        ]),
    ...unknownNames('group', groups, groupNames(project), project.file),
    ...unknownNames('extra', extras, known, project.file),
  ]);
  const lines = packageLines(text);
  const packages = lock.package.map((one, index) => ({ ...one, line: lines[index] }));
  return {
    file,
    on: async (host) => {
      const python = metadata['python-versions'];
      if (!fitsConstraint(host.version, python))
        throw wrongPython(python, host, at(file, lineOf(text, /^python-versions\b/, '[metadata]')));
      // All groups are named where the file knows of them.
      const reached = packages.every((one) => one.groups !== undefined)
        ? packages.filter((one) => isWanted(one, wanted, host))
        : reachOlder(project, lock.extras, packages, wanted, host, AGAIN);
      const pins = reached.map((one) => pinOf(one, metadata.files?.[one.name], file));
      const indexes = reached.map(({ source }): Index => {
        return source?.type === 'legacy'
          ? { url: source.url, name: source.reference }
          : { url: 'https://pypi.org/simple', name: undefined };
      });
      const options = indexOptions(indexes, (name) => ({
        user: env[`POETRY_HTTP_BASIC_${inVariable(name)}_USERNAME`],
        password: env[`POETRY_HTTP_BASIC_${inVariable(name)}_PASSWORD`],
      }));
      return await pinned(wanted, pins, options, AGAIN);
    },
  };
}

/** Whether a package of a lock file of version 2.1 is needed on a host. */
function isWanted(one: PoetryPackage, { file, groups, extras }: Wanted, host: MarkerHost): boolean {
  const asked = new Set(['main', ...groups.map(normaliseName)]);
  const active = new Set(extras.map(normaliseName));
  return (one.groups ?? []).some((group) => {
    if (!asked.has(normaliseName(group))) return false;
    const marker = typeof one.markers === 'string' ? one.markers : one.markers?.[group];
    return holdsAt(marker, host, active, at(file, one.line));
  });
}

function pinOf(one: PoetryPackage, older: { hash: string }[] | undefined, file: string): Pin {
  const { name, version, source, line } = one;
  const hashes = (one.files ?? older ?? []).map(({ hash }) => hash);
  const part = source?.subdirectory === undefined ? '' : `#subdirectory=${source.subdirectory}`;
  switch (source?.type) {
    case undefined:
    case 'legacy':
      return { name, version, address: undefined, hashes, line };
    case 'git': {
      const address = gitAddress(source.url, source.resolved_reference ?? '', source.subdirectory);
      return { name, version, address, hashes: [], line };
    }
    case 'url':
      return { name, version, address: `${source.url}${part}`, hashes, line };
    case 'file':
      return { name, version, address: `file:${source.url}`, hashes, line };
    case 'directory':
      return { name, version, address: `file:${source.url}`, hashes: [], line };
    default:
      throw new BuildError(`${name} comes from a kind of place (${source?.type}) that is not known`, {
        mend: AGAIN,
        place: at(file, line),
      });
  }
}

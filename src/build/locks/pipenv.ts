/** Pipfile.lock: JSON with every package of every category, whose hash tells whether the Pipfile is still the same. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import * as z from 'zod';
import { BuildError, refuse } from '../errors.ts';
import { normaliseName } from '../requirements/requirement-lines.ts';
import type { RequirementLine } from '../requirements/requirements.ts';
import { type Asked, holdsAt, pinned, unknownNames, type Wanted, wrongPython } from './asked.ts';
import type { MarkerHost } from './markers.ts';
import { gitAddress, indexOptions, type Pin } from './pin.ts';
import { member } from './poetry-fit.ts';
import { pythonJson } from './python-json.ts';
import { at, lineOf, literally, parseToml, readNeeded, shaped } from './toml.ts';

const Package = z.object({
  version: z.string().optional(),
  hashes: z.array(z.string()).default([]),
  markers: z.string().optional(),
  git: z.string().optional(),
  ref: z.string().optional(),
  subdirectory: z.string().optional(),
  file: z.string().optional(),
  path: z.string().optional(),
});
const Category = z.record(z.string(), Package);

const Lock = z
  .object({
    _meta: z.object({
      hash: z.object({ sha256: z.string() }),
      sources: z.array(z.object({ name: z.string().optional(), url: z.string() })).default([]),
      requires: z
        .object({ python_version: z.string().optional(), python_full_version: z.string().optional() })
        .default({}),
    }),
  })
  .catchall(z.unknown());

const AGAIN = 'pipenv lock, and commit Pipfile.lock';

/** Reads `Pipfile.lock` and the `Pipfile` beside it. @throws BuildError, or BuildErrors when they do not fit */
export async function readPipenv(wanted: Wanted): Promise<Asked> {
  const { top, file, groups, extras, env } = wanted;
  const text = await readNeeded(top, file, 'pipenv lock, and commit the file');
  const lock = shaped(Lock, parseJson(text, file), file, AGAIN);
  const source = posix.join(posix.dirname(file), 'Pipfile');
  const asked = parseToml(
    await readNeeded(top, source, 'commit the file: Pipfile.lock is of no use without it'),
    source,
  );
  const { _meta: meta, ...categories } = lock;
  const names = Object.keys(categories).filter((name) => name !== 'default');
  refuse([
    ...(pipfileHashes(asked).includes(meta.hash.sha256)
      ? []
      : [
          new BuildError(`it was made for another ${source}: what that asks for was changed since`, {
            mend: AGAIN,
            place: at(file, lineOf(text, /"sha256"/)),
          }),
        ]),
    ...unknownNames('group', groups, names, file),
    ...unknownNames('extra', extras, [], file),
  ]);
  return {
    file,
    on: async (host) => {
      const { python_full_version: full, python_version: minor } = meta.requires;
      const python = full ?? minor;
      if (python !== undefined && python !== host.version && python !== host.minor)
        throw wrongPython(python, host, at(file, lineOf(text, /"python_(full_)?version"/)));
      const pins = new Map<string, Pin>();
      for (const name of ['default', ...names.filter((one) => groups.some((group) => sameName(group, one)))]) {
        const category = shaped(Category, categories[name] ?? {}, file, AGAIN);
        const section = member(asked, name === 'default' ? 'packages' : name === 'develop' ? 'dev-packages' : name);
        for (const pin of pinsOf(category, section, text, file, host)) pins.set(normaliseName(pin.name), pin);
      }
      const options = indexOptions(
        meta.sources.map(({ url }) => ({ url, name: undefined })),
        () => ({ user: undefined, password: undefined }),
      );
      const requirements = await pinned(wanted, [...pins.values()], options, AGAIN);
      return { ...requirements, lines: requirements.lines.map((line) => filled(line, env)) };
    },
  };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new BuildError('it is no JSON', { mend: AGAIN, place: { file }, cause: thrown });
  }
}

const sameName = (a: string, b: string): boolean => normaliseName(a) === normaliseName(b);

/** `$NAME` and `${NAME}` in the address of an index, as Pipenv fills them in: for the installer alone, since they may hold a token. */
function filled(line: RequirementLine, env: NodeJS.ProcessEnv): RequirementLine {
  if (line.kind !== 'option') return line;
  const secrets: string[] = [];
  const text = line.text.replace(/\$\{?([A-Za-z_]\w*)\}?/g, (all, name: string) => {
    const value = env[name];
    if (value !== undefined) secrets.push(value);
    return value ?? all;
  });
  return { ...line, text, secrets };
}

function pinsOf(
  category: z.infer<typeof Category>,
  section: unknown,
  text: string,
  file: string,
  host: MarkerHost,
): Pin[] {
  return Object.entries(category).flatMap(([name, one]): Pin[] => {
    const line = lineOf(text, new RegExp(`^\\s*"${literally(name)}": \\{`));
    if (!holdsAt(one.markers, host, new Set(), at(file, line))) return [];
    const version = /^==(?!.*\*)(.+)$/.exec(one.version ?? '')?.[1];
    const path = one.path ?? one.file;
    const address =
      one.git !== undefined
        ? gitAddress(one.git, one.ref ?? '', one.subdirectory)
        : path === undefined || path.includes('://')
          ? path
          : `file:${path}`;
    if (version === undefined && address === undefined) {
      // Pipenv pins nothing for what its own machine does not need, and leaves the reason in the Pipfile.
      if (!holdsAt(markerIn(section, name), host, new Set(), at(file, line))) return [];
      throw new BuildError(`${name} has no version in this lock file`, { mend: AGAIN, place: at(file, line) });
    }
    const direct = one.git !== undefined || (path !== undefined && one.hashes.length === 0);
    return [{ name, version, address, hashes: direct ? [] : one.hashes, line }];
  });
}

/** The marker that a Pipfile has for a package, in either of its ways: `markers`, or a key of the marker's own name. */
function markerIn(section: unknown, name: string): string | undefined {
  const found = Object.entries(typeof section === 'object' && section !== null ? section : {}).find(([key]) =>
    sameName(key, name),
  )?.[1];
  const marker = member(found, 'markers');
  const parts = Object.entries(typeof found === 'object' && found !== null ? found : {}).flatMap(([key, value]) =>
    /^(os_name|sys_platform|platform_\w+|python_\w*version|implementation_\w+)$/.test(key) ? [`${key} ${value}`] : [],
  );
  const all = [...(typeof marker === 'string' ? [`(${marker})`] : []), ...parts];
  return all.length === 0 ? undefined : all.join(' and ');
}

/** The hashes that Pipenv may have noted for this Pipfile: of late names in any spelling are the same to it. Pure. */
function pipfileHashes(data: unknown): string[] {
  return [(name: string) => name, normaliseName].map((spelling) => {
    const spelt = (section: unknown): unknown =>
      Object.fromEntries(
        Object.entries(typeof section === 'object' && section !== null ? section : {}).map(([name, value]) => [
          spelling(name),
          value,
        ]),
      );
    const pypi = [{ name: 'pypi', url: 'https://pypi.org/simple', verify_ssl: true }];
    const known = [
      'source',
      'packages',
      'dev-packages',
      'requires',
      'scripts',
      'pipfile',
      'pipenv',
      'default',
      'develop',
    ];
    const others = Object.entries(typeof data === 'object' && data !== null ? data : {}).filter(
      ([name]) => !known.includes(name),
    );
    const made = {
      _meta: { sources: member(data, 'source') ?? pypi, requires: member(data, 'requires') ?? {} },
      default: spelt(member(data, 'packages')),
      develop: spelt(member(data, 'dev-packages')),
      ...Object.fromEntries(others.map(([name, section]) => [name, spelt(section)])),
    };
    return createHash('sha256')
      .update(pythonJson(made, [',', ':']))
      .digest('hex');
  });
}

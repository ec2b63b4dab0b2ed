/** pyproject.toml: what a project asks for, and on its own (without a lock file) what is installed. */
import { satisfies, validRange } from '@renovatebot/pep440';
import * as z from 'zod';
import { withoutCredentials } from '../../secrets.ts';
import { BuildError, refuse } from '../errors.ts';
import { normaliseName } from '../requirements/requirement-lines.ts';
import { linesOf } from '../requirements/requirements.ts';
import { type Asked, unknownNames, type Wanted, wrongPython } from './asked.ts';
import { isPyPI } from './pin.ts';
import { at, lineOf, literally, parseToml, readNeeded, shaped } from './toml.ts';

/** One requirement and the line it stands at. */
export interface Ask {
  text: string;
  line: number | undefined;
}

/** What a `pyproject.toml` says, whichever tool it is for. */
export interface Project {
  file: string;
  name: string | undefined;
  /** Null when the project's own build computes them, or another table than `project` has them. */
  dependencies: Ask[] | null;
  extras: Map<string, Ask[]>;
  /** Groups with those that they include. */
  groups: Map<string, Ask[]>;
  requiresPython: Ask | undefined;
  /** Names of uv's indexes by their addresses (without a last `/`). */
  indexes: Map<string, string>;
  /** Packages that uv takes from elsewhere than an index, by their normalised names. */
  sources: Set<string>;
  /** Indexes that uv asks for every package, but for PyPI. */
  uvIndexes: Ask[];
  poetry: boolean;
  /** Everything, for the tables of other tools. */
  data: unknown;
}

const GroupItem = z.union([z.string(), z.object({ 'include-group': z.string() })]);

const File = z.object({
  project: z
    .object({
      name: z.string().optional(),
      dependencies: z.array(z.string()).optional(),
      'optional-dependencies': z.record(z.string(), z.array(z.string())).default({}),
      'requires-python': z.string().optional(),
      dynamic: z.array(z.string()).default([]),
    })
    .optional(),
  'dependency-groups': z.record(z.string(), z.array(GroupItem)).default({}),
  tool: z
    .object({
      poetry: z.unknown().optional(),
      uv: z
        .object({
          index: z
            .array(z.object({ name: z.string().optional(), url: z.string(), explicit: z.boolean().optional() }))
            .default([]),
          'index-url': z.string().optional(),
          'extra-index-url': z.array(z.string()).default([]),
          'find-links': z.array(z.string()).default([]),
          sources: z.record(z.string(), z.unknown()).default({}),
          'dev-dependencies': z.array(z.string()).optional(),
        })
        .optional(),
    })
    .default({}),
});

/** Indexes that uv asks for every package, as it is told of them today and as it was before. */
function indexesOf(uv: z.infer<typeof File>['tool']['uv']): string[] {
  if (uv === undefined) return [];
  const named = uv.index.filter(({ explicit }) => explicit !== true).map(({ url }) => url);
  const older = [...(uv['index-url'] === undefined ? [] : [uv['index-url']]), ...uv['extra-index-url']];
  return [...named, ...older, ...uv['find-links']].filter((url) => !isPyPI(url));
}

/** @throws BuildError when it is not there, is no TOML, or its groups include one another in a circle */
export async function projectOf(top: string, file: string): Promise<Project> {
  const text = await readNeeded(top, file, 'commit the file: a lock file is of no use without it');
  const data = parseToml(text, file);
  const { project, tool, 'dependency-groups': groups } = shaped(File, data, file, 'mend that entry');
  const ask = (one: string): Ask => ({ text: one, line: lineOf(text, new RegExp(`["']${literally(one)}["']`)) });
  const asks = (part: Record<string, string[]>): Map<string, Ask[]> =>
    new Map(Object.entries(part).map(([name, ones]) => [name, ones.map(ask)]));
  const dev = tool.uv?.['dev-dependencies'];
  const computed = project === undefined || project.dynamic.includes('dependencies');
  return {
    file,
    name: project?.name,
    dependencies: computed ? null : (project.dependencies ?? []).map(ask),
    extras: asks(project?.['optional-dependencies'] ?? {}),
    groups: asks({ ...unfolded(groups, file), ...(dev === undefined || groups['dev'] !== undefined ? {} : { dev }) }),
    requiresPython: project?.['requires-python'] === undefined ? undefined : ask(project['requires-python']),
    indexes: new Map(
      (tool.uv?.index ?? []).flatMap(({ name, url }) => (name === undefined ? [] : [[url.replace(/\/$/, ''), name]])),
    ),
    sources: new Set(Object.keys(tool.uv?.sources ?? {}).map(normaliseName)),
    uvIndexes: indexesOf(tool.uv).map(ask),
    poetry: tool.poetry !== undefined,
    data,
  };
}

function unfolded(groups: Record<string, z.infer<typeof GroupItem>[]>, file: string): Record<string, string[]> {
  const named = new Map(Object.entries(groups).map(([name, items]) => [normaliseName(name), items]));
  const open = (name: string, above: readonly string[]): string[] => {
    const items = named.get(normaliseName(name));
    if (items === undefined || above.includes(normaliseName(name)))
      throw new BuildError(
        items === undefined
          ? `the group ${above.at(-1)} includes ${name}, which is not there`
          : `the group ${name} includes itself`,
        { mend: 'mend the include-group', place: { file } },
      );
    const inside = [...above, normaliseName(name)];
    return items.flatMap((item) => (typeof item === 'string' ? [item] : open(item['include-group'], inside)));
  };
  return Object.fromEntries(Object.keys(groups).map((name) => [name, [...new Set(open(name, []))]]));
}

/** Reads a `pyproject.toml` without a lock file: its requirements are resolved as those of a requirements file are. */
export async function readProject(wanted: Wanted): Promise<Asked> {
  const { top, file, groups, extras } = wanted;
  const project = await projectOf(top, file);
  const { dependencies } = project;
  if (dependencies === null)
    throw new BuildError('it names no dependencies in its table "project"', {
      mend: project.poetry
        ? 'poetry lock, and commit poetry.lock'
        : 'name them there, or a requirements file by python: { requirements: FILE } in graceful.yml',
      place: { file },
    });
  refuse([
    ...unknownNames('group', groups, project.groups.keys(), file),
    ...unknownNames('extra', extras, project.extras.keys(), file),
  ]);
  const chosen = (part: Map<string, Ask[]>, names: readonly string[]): Ask[] =>
    [...part]
      .filter(([name]) => names.some((one) => normaliseName(one) === normaliseName(name)))
      .flatMap(([, asks]) => asks);
  const own = project.name === undefined ? undefined : normaliseName(project.name);
  /** `shop[images]` in an extra of shop itself stands for what that extra asks for. */
  const opened = (ones: readonly Ask[], above: readonly string[]): Ask[] =>
    ones.flatMap((one) => {
      const [, name = '', list = ''] = /^\s*([\w.-]+)\s*\[([^\]]*)\]/.exec(one.text) ?? [];
      if (normaliseName(name) !== own) return [one];
      const more = list.split(',').map((extra) => extra.trim());
      const fresh = more.filter((extra) => !above.includes(extra));
      return opened(chosen(project.extras, fresh), [...above, ...fresh]);
    });
  const asks = opened([...dependencies, ...chosen(project.extras, extras), ...chosen(project.groups, groups)], []);
  refuse(unread(project, asks));
  const lines = await linesOf(
    top,
    file,
    asks.map(({ text, line }) => ({ text, line: line ?? 1 })),
  );
  const python = project.requiresPython;
  return {
    file,
    on: async (host) => {
      if (
        python !== undefined &&
        validRange(python.text) &&
        !satisfies(host.version, python.text, { prereleases: true })
      )
        throw wrongPython(python.text, host, at(file, python.line));
      return { file, lines, locked: false };
    },
  };
}

/** What uv alone reads, and no other way comes to: from PyPI somebody else's package of that name would be installed. Pure. */
function unread({ file, sources, uvIndexes }: Project, asks: readonly Ask[]): BuildError[] {
  const mend = 'uv lock, and commit uv.lock';
  const named = new Map(asks.toReversed().map((ask) => [nameOf(ask.text), ask]));
  const sourced = [...sources].flatMap((name) => {
    const ask = named.get(name);
    if (ask === undefined) return [];
    const what = `${name} has a source in [tool.uv.sources], which counts in uv.lock alone: without it whatever has that name on PyPI would be installed`;
    return [new BuildError(what, { mend, place: at(file, ask.line) })];
  });
  const [index] = uvIndexes;
  if (index === undefined || [...named.keys()].every((name) => name === '')) return sourced;
  const what = `the index ${withoutCredentials(index.text)} of [tool.uv] counts in uv.lock alone: without it whatever has that name on PyPI would be installed`;
  return [...sourced, new BuildError(what, { mend, place: at(file, index.line) })];
}

/** The package that is asked for; empty where its address stands beside it. */
function nameOf(text: string): string {
  const [, name = '', address] = /^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(@)?/.exec(text) ?? [];
  return address === undefined ? normaliseName(name) : '';
}

import { createHash } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Inside } from '../debian/inside.ts';
import type { DebianSystem } from '../debian/system.ts';
import { BuildError, refuse } from '../errors.ts';
import { findInstaller, installerEnv } from '../installer/find.ts';
import { install, resolve, resolvedText, type Work } from '../installer/installer.ts';
import { loginSecrets } from '../installer/logins.ts';
import { ownSources } from '../installer/own-sources.ts';
import { isCompileFault } from '../installer/resolution-fault.ts';
import { namingAllUnfit } from '../installer/unfit.ts';
import { filesIn, type Tree } from '../manifest.ts';
import type { Match, Target } from '../python.ts';
import { BUILD_FORMAT, installerOptions } from '../requirements/inputs.ts';
import { normaliseName } from '../requirements/requirement-lines.ts';
import type { Requirements } from '../requirements/requirements.ts';
import { run } from '../run.ts';
import { isForeign, pretendHost, uvPlatform } from '../target/platform.ts';
import { resolveWheelsAlone } from '../target/wheels-alone.ts';
import { unknownExtras } from './extras.ts';
import { finish } from './finish.ts';
import { isCompiledHere, readMetadata, readWheels, type Wheel } from './wheels.ts';

/** An environment on disk: what its folder on the host will hold, but for the links to the host's own Python. */
export interface BuiltEnv {
  /** Its name: made from the resolved list and all that decides about bytes. */
  hash: string;
  tree: Tree;
  /** `3.11` */
  python: string;
  packages: { name: string; version: string }[];
  wheels: Wheel[];
  /** The resolved list, one package a line; kept beside the environment on the host. */
  requirements: string;
  /** C library it was built on: what was compiled here needs at least that one. */
  builtOn: { name: 'glibc' | 'musl'; version: string };
  /** The minimal system that it was built in, whose libraries it needs; null: the runner. */
  system: string | null;
  /** ISO 8601 UTC. */
  created: string;
}

export interface BuildEnvOptions {
  requirements: Requirements;
  /** Top folder of the source tree, for local paths in the requirements. */
  top: string;
  match: Match;
  scratch: string;
  /** Packages that the site cannot do without, by their names on the index. */
  needs?: readonly string[];
  /** A system like the host's, for what must be compiled; null where the runner has to do. */
  system?: DebianSystem | null;
  /** Where bytecode of packages is kept between builds; nowhere by default. */
  bytecode?: string;
  /** Gets a line for each part of the work. */
  log?: (line: string) => void;
  /** This process's environment by default. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Resolves requirements and builds the environment from them, without a trace of where it was built; the same wheels give
 * the same bytes.
 *
 * @throws BuildError with the installer's words, or naming the file that holds the build folder's path
 */
export async function buildEnv(options: BuildEnvOptions): Promise<BuiltEnv> {
  const { match } = options;
  const system = options.system ?? null;
  if (system === null) return await buildIn(options, match);
  const open = async (why: string): Promise<BuiltEnv> => {
    const within = await system.open(why);
    options.log?.(`building in ${system.name}`);
    return await buildIn(options, system.match(match), { name: system.name, packages: system.packages, within });
  };
  if (system.always) return await open('the environment is built');
  try {
    const built = await buildIn(options, match);
    const compiled = built.wheels.filter(isCompiledHere).map(({ name, version }) => `${name} ${version}`);
    return compiled.length === 0 ? built : await open(`${compiled.join(', ')} must be compiled, which is done`);
  } catch (thrown) {
    if (!(thrown instanceof BuildError) || !isCompileFault(thrown.output)) throw thrown;
    return await open(`${thrown.message}; packages are compiled`);
  }
}

/** Where an environment is built, when that is not the runner itself. */
interface Place {
  name: string;
  packages: readonly string[];
  within: Inside;
}

async function buildIn(options: BuildEnvOptions, match: Match, place?: Place): Promise<BuiltEnv> {
  const log = options.log ?? (() => undefined);
  const scratch = await mkdtemp(join(await realpath(options.scratch), 'env-'));
  const { top, requirements } = await ownSources(options.top, options.requirements, scratch);
  const folder = join(scratch, 'env');
  const given = options.env ?? process.env;
  const env = installerEnv(given);
  const how = { env, cwd: top, within: place?.within, secrets: loginSecrets(requirements.lines, given) };
  const installer = await findInstaller(match.runner, how, scratch);
  await run([match.runner.executable, '-m', 'venv', '--without-pip', folder], how);
  const site = join(folder, 'lib', `python${match.target.minor}`, 'site-packages');
  await pretendHost(installer.name, match, site);
  const skeleton = (await filesIn(folder, 'the environment')).map(({ path }) => path);
  const work: Work = {
    installer,
    folder,
    scratch,
    top: await realpath(top),
    target: match.target,
    aim: installer.name === 'uv' ? uvPlatform(match.target) : [],
    run: how,
  };
  log(
    `${requirements.locked ? 'taking' : 'resolving'} ${requirements.file} with ${installer.name} ${installer.version} for Python ${match.host.minor}`,
  );
  const resolution = await namingAllUnfit(work, requirements, () =>
    (isForeign(match) ? resolveWheelsAlone : resolve)(work, requirements),
  );
  refuse(lackingPackages(options.needs ?? [], resolution.lines, requirements));
  log(`installing ${resolution.lines.length} packages`);
  await namingAllUnfit(work, requirements, () => install(work, resolution, requirements));
  refuse(
    unknownExtras(
      requirements.lines,
      (await readMetadata(site)).map(({ metadata }) => metadata),
    ),
  );
  log('compiling');
  // What the venv itself consists of (activate scripts, links to the runner's Python ...), and uv's lock file.
  for (const path of [...skeleton, '.lock']) await rm(join(folder, path), { force: true });
  const { executable } = match.runner;
  const compiler = { python: executable, scratch, within: place?.within, kept: options.bytecode ?? null };
  const tree = await finish(folder, site, compiler);
  const wheels = await readWheels(site);
  const local = requirements.lines.filter((line) => line.canonical.includes(' sha256:')).map((line) => line.canonical);
  const made = [...resolution.lines, ...local];
  return {
    hash: envHash(made, match.target, {
      ...(await installerOptions(options.top, given)),
      installer: installer.name,
      ...placeOptions(place),
    }),
    tree,
    python: match.target.minor,
    packages: wheels.map(({ name, version }) => ({ name: normaliseName(name), version })),
    wheels,
    requirements: resolvedText(resolution),
    builtOn: match.runner.libc,
    system: place?.name ?? null,
    created: new Date().toISOString(),
  };
}

function placeOptions(place: Place | undefined): Record<string, string> {
  return place === undefined ? {} : { system: place.name, packages: place.packages.join(' ') };
}

/** Faults of requirements that do not come to a package that is needed: told before anything is installed. Pure. */
function lackingPackages(
  needs: readonly string[],
  resolved: readonly string[],
  { file, locked }: Requirements,
): BuildError[] {
  const names = resolved.map((line) => /^([a-z0-9-]+)(?:\[|==| @)/.exec(line)?.[1]);
  // A package of the repository may stand there by its path alone: it could be any.
  if (names.includes(undefined)) return [];
  return needs
    .filter((need) => !names.includes(need))
    .map(
      (need) =>
        new BuildError(`${need} is not among the packages that these requirements come to`, {
          mend: mendLacking(need, file, locked),
          place: { file },
        }),
    );
}

function mendLacking(need: string, file: string, locked: boolean): string {
  if (locked) return `add ${need} to the project's dependencies, and lock again`;
  return file.endsWith('pyproject.toml') ? `add "${need}" to its dependencies` : `add a line "${need}"`;
}

/** Name of an environment: the resolved list, what it is resolved for, and how. Pure. */
export function envHash(lines: readonly string[], target: Target, options: Record<string, string>): string {
  const { minor, abi, machine, libc, libcVersion } = target;
  const made = {
    format: BUILD_FORMAT,
    lines: lines.toSorted(),
    target: { minor, abi, machine, libc, libcVersion },
    options: Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
  return createHash('sha256').update(JSON.stringify(made)).digest('hex');
}

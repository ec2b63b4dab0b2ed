import { join } from 'node:path';
import { keptEnv, type Obtained, obtainEnv } from '../build/cache/environments.ts';
import { type DebianPackage, readDebianPackages } from '../build/debian/packages.ts';
import { type Place, placeInputs, placeOf } from '../build/debian/place.ts';
import { systemPythons } from '../build/debian/system.ts';
import { assertApplication, type Django, findDjango } from '../build/django/django.ts';
import { type Applied, pendingMigrations } from '../build/django/migrations.ts';
import { ageOf, explainEnv } from '../build/env/explain.ts';
import { checkWheels } from '../build/env/wheels.ts';
import { together } from '../build/errors.ts';
import { askFirstPython, findPythons } from '../build/find-pythons.ts';
import { runHook } from '../build/hook.ts';
import { deployKey } from '../build/key.ts';
import type { Asked } from '../build/locks/asked.ts';
import { readAsked } from '../build/locks/choose.ts';
import { packagesOf } from '../build/processes.ts';
import { type Match, pickPython } from '../build/python.ts';
import { inputsHash, installerOptions } from '../build/requirements/inputs.ts';
import type { Requirements } from '../build/requirements/requirements.ts';
import { withBytecode } from '../build/source/bytecode.ts';
import { addConfig, type ConfigTree } from '../build/source/config-repository.ts';
import { assertCommitted, exportSource, type Source } from '../build/source/source.ts';
import { collectStatic } from '../build/static/static.ts';
import { isForeign } from '../build/target/platform.ts';
import { obtainTwin } from '../build/target/twin.ts';
import { cacheFolder } from '../cache-folder.ts';
import type { Run } from '../config/types.ts';
import type { BuildSpec, HostFacts } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import { interfacesOf } from '../servers/servers.ts';
import type { PackTree } from '../shipping/pack.ts';
import { MAJOR } from '../version.ts';
import { debianNames, prepareSystem } from './build-place.ts';
import { assemble, type Built, type Making, type Plan } from './making.ts';

/** What the commit alone says of a release. */
interface Site {
  source: Source;
  config: ConfigTree | null;
  django: Django;
  /** What is to be installed. */
  asked: Asked;
  /** Debian packages that it needs on the host. */
  packages: DebianPackage[];
}

/** A release that is built from the commit in the workspace. @throws BuildError, or BuildErrors with all faults together */
export async function fromCommit(run: Run, scratch: string, log: Log): Promise<Making> {
  const site = await readSite(run, scratch, log);
  // While the hosts are waited for.
  askFirstPython().catch(() => undefined);
  return { plan: (facts) => planBuild(run, site, facts, scratch, log) };
}

/** Reads the commit's source, and finds Django and the requirements in it. No host is needed for that. */
async function readSite(run: Run, scratch: string, log: Log): Promise<Site> {
  const { stage, workspace } = run;
  const source = await exportSource({ workspace, scratch, patterns: stage.source });
  const top = source.tree.folder;
  const repository = stage.configRepository;
  const token = process.env['GRACEFUL_CONFIG_TOKEN'];
  const config = repository ? await addConfig({ workspace, scratch, source, repository, token }) : null;
  const found = findDjango(top, stage.django, interfacesOf(stage));
  const project = found.then(
    (django) => django.project,
    () => stage.django.project,
  );
  const { requirements: named, groups, extras } = stage.python;
  const [, django, asked, packages] = await together([
    assertCommitted(workspace),
    found,
    project.then((folder) => readAsked({ top, named, groups, extras, project: folder })),
    project.then((folder) => readDebianPackages(top, folder)),
  ]);
  log.info(`commit ${source.commit.slice(0, 7)} of ${source.ref}, settings ${django.settings}, ${django.application}`);
  log.info(`packages from ${asked.file}`);
  for (const notice of [...source.notices, ...django.notices, ...(asked.notices ?? [])]) log.notice(notice);
  if (config) log.info(`configuration ${config.commit.slice(0, 7)} of ${config.ref}, as ${config.folder}`);
  return { source, config, django, asked, packages };
}

/** Matches the runner's Python with the host's. @throws BuildError before anything is built */
async function planBuild(run: Run, site: Site, facts: HostFacts, scratch: string, log: Log): Promise<Plan> {
  const { stage } = run;
  const place = placeOf(stage.build.in, facts, site.packages.length > 0);
  const match = await matchPython(place, facts, stage.python.version);
  const requirements = await requirementsOn({ ...site, match }, facts.machine);
  const options = {
    ...(await installerOptions(site.source.tree.folder)),
    ...placeInputs(place, facts, debianNames(run, site.packages)),
  };
  const inputs = inputsHash(requirements, match.target, options);
  // Thousands of files are looked at while the hosts say what is live.
  const kept = run.refreshEnv ? Promise.resolve(null) : keptEnv(inputs);
  log.info(`building with Python ${match.runner.version} (${match.runner.executable})`);
  const key = deployKey({
    source: site.source.tree.manifest.digest,
    config: site.config?.tree.manifest.digest,
    inputs,
    stage,
    envNames: Object.keys(run.env),
    hostMajor: MAJOR,
  });
  const { source, django, packages } = site;
  return {
    commit: source.commit,
    django,
    deployKey: key,
    packages,
    explain: (live) => explainEnv({ requirements, target: match.target, options, inputs, env: live }, new Date()),
    make: (applied) => {
      const work = { ...site, match, place, options, requirements, inputs, kept, deployKey: key, applied };
      return build(run, work, facts, scratch, log);
    },
  };
}

/** @throws BuildError where none fits, naming all that each side has */
async function matchPython(place: Place, facts: HostFacts, wanted: string | undefined): Promise<Match> {
  if (place === 'debian') return pickPython(facts, systemPythons(facts, wanted), wanted);
  const useful = await findPythons(facts.pythons.map(({ minor }) => minor));
  try {
    return pickPython(facts, useful, wanted);
  } catch {
    return pickPython(facts, await findPythons(), wanted);
  }
}

/** Where an environment came from, in the log. */
const FROM: Record<Obtained['from'], string> = {
  local: 'kept on this runner',
  actions: 'from the Actions cache',
  built: 'built in this run',
};

interface Work extends Site {
  match: Match;
  place: Place;
  /** What decides about the environment besides requirements and host. */
  options: Record<string, string>;
  requirements: Requirements;
  inputs: string;
  kept: ReturnType<typeof keptEnv>;
  deployKey: string;
  applied: Applied | undefined;
}

/** What is to be installed on a machine with the host's Python: markers may tell machines apart. */
function requirementsOn({ asked, match }: Pick<Work, 'asked' | 'match'>, machine: string): Promise<Requirements> {
  const { version, minor } = match.host;
  return asked.on({ version, minor, machine });
}

/** Obtains the environment, collects static files, and puts the release together. */
async function build(run: Run, work: Work, facts: HostFacts, scratch: string, log: Log): Promise<Built> {
  const { stage } = run;
  const { source, config, django, match, requirements, inputs, kept } = work;
  await using system = await prepareSystem(run, work, facts, scratch, log);
  const say = (line: string) => log.info(line);
  const wanted = {
    requirements,
    top: source.tree.folder,
    match,
    scratch,
    system,
    needs: ['django', ...(stage.server === null ? [] : [stage.server]), ...packagesOf(stage.processes)],
    log: say,
  };
  const { env, from, notices, keep } = await obtainEnv({ ...wanted, inputs, kept, refresh: run.refreshEnv });
  const age = requirements.locked || from === 'built' ? '' : `, resolved ${ageOf(env.created, new Date())}`;
  log.info(`environment ${env.hash.slice(0, 12)} with ${env.packages.length} packages: ${FROM[from]}${age}`);
  checkWheels(env, facts);
  assertApplication(django, env.tree.manifest.entries);
  const here = isForeign(match)
    ? await obtainTwin({ ...wanted, requirements: await requirementsOn(work, match.runner.machine) }, env)
    : { env, match, notices: [], keep };
  const inside = env.system === null ? null : system;
  const hooked = await runHook({
    ...here,
    source,
    apart: config?.folder,
    stage,
    scratch,
    secrets: Object.values(run.env),
    log: say,
  });
  const chosen = inside?.match(match) ?? here.match;
  const code = await withBytecode(hooked, {
    python: chosen.runner.executable,
    scratch,
    within: await inside?.open('the code is compiled'),
    kept: join(cacheFolder(), 'bytecode'),
  });
  const runner = {
    source: { tree: code },
    django,
    match: chosen,
    env: here.env,
    stage,
    inputEnv: run.env,
    scratch,
  };
  const {
    static: collected,
    notices: more,
    keep: keepFiles,
  } = await collectStatic({
    ...runner,
    config,
    within: async () => inside?.open('static files are collected'),
    kept: join(cacheFolder(), 'static'),
    log: say,
  });
  const within = async () => inside?.open('migrations are read');
  const pending = work.applied && (await pendingMigrations({ ...runner, within }, work.applied));
  for (const notice of [...notices, ...here.notices, ...(system?.notices ?? []), ...more]) log.notice(notice);
  const { hash, requirements: resolved, packages, wheels, builtOn } = env;
  const made: BuildSpec = {
    format: 1,
    commit: source.commit,
    ref: source.ref,
    source: source.tree.manifest.digest,
    trees: {
      code: code.manifest.digest,
      static: collected?.tree.manifest.digest ?? null,
      config: config?.tree.manifest.digest ?? null,
    },
    config: config && { commit: config.commit, ref: config.ref, folder: config.folder },
    static: collected?.spec ?? null,
    env: { hash, digest: env.tree.manifest.digest, inputs, requirements: resolved, packages, wheels, builtOn },
    target: match.target,
  };
  const trees: PackTree[] = [
    { kind: 'code', tree: code },
    ...(collected === null ? [] : [{ kind: 'static' as const, tree: collected.tree }]),
    ...(config === null ? [] : [{ kind: 'config' as const, tree: config.tree }]),
    { kind: 'env', tree: env.tree },
  ];
  return {
    ...assemble(run, { build: made, trees }, work),
    origin: from === 'built' ? 'built' : 'cached',
    pending,
    explained: explainEnv({ requirements, target: match.target, options: work.options, inputs, env }, new Date()),
    keep: async () => {
      const all = [
        keep,
        keepFiles,
        ...(here.env === env ? [] : [here.keep]),
        ...(system === null ? [] : [system.keep]),
      ];
      const told = await Promise.all(all.map((one) => one()));
      return told.find((line) => line !== null) ?? null;
    },
  };
}

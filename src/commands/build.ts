import { type Obtained, obtainEnv } from '../build/cache.ts';
import { assertApplication, type Django, findDjango } from '../build/django.ts';
import { together } from '../build/errors.ts';
import { inputsHash, installerOptions } from '../build/inputs.ts';
import { deployKey } from '../build/key.ts';
import type { PackTree } from '../build/pack.ts';
import { otherProcesses, packagesOf } from '../build/processes.ts';
import { findPythons, type Match, pickPython } from '../build/python.ts';
import { type Requirements, readRequirements } from '../build/requirements.ts';
import { assertCommitted, exportSource, type Source } from '../build/source/source.ts';
import { collectStatic, settingsModule } from '../build/static.ts';
import { isForeign } from '../build/target/platform.ts';
import { obtainTwin } from '../build/target/twin.ts';
import { checkWheels } from '../build/wheels.ts';
import type { Run } from '../config/types.ts';
import type { HostFacts, Pack } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Sent } from '../report/summary.ts';
import { interfacesOf } from '../servers/servers.ts';
import { webProcess } from '../servers/web.ts';
import { MAJOR } from '../version.ts';
import type { Made } from './release.ts';

/** Everything that a release's processes find in their environment, in the order input > stage > common. */
export function releaseEnv(run: Pick<Run, 'stage' | 'env'>, django: Django): Record<string, string> {
  const env = { ...run.stage.env, ...run.env };
  return { ...env, DJANGO_SETTINGS_MODULE: settingsModule(django, env) };
}

/** What the commit alone says of a release. */
export interface Site {
  source: Source;
  django: Django;
  requirements: Requirements;
}

/**
 * Reads the commit's source, and finds Django and the requirements in it. No host is needed for that.
 * @throws BuildError, or BuildErrors with all faults together
 */
export async function readSite(run: Run, scratch: string, log: Log): Promise<Site> {
  const { stage, workspace } = run;
  const source = await exportSource({ workspace, scratch, patterns: stage.source });
  const top = source.tree.folder;
  const [, django, requirements] = await together([
    assertCommitted(workspace),
    findDjango(top, stage.django, interfacesOf(stage)),
    readRequirements(top, stage.python.requirements),
  ]);
  log.info(`commit ${source.commit.slice(0, 7)} of ${source.ref}, settings ${django.settings}, ${django.application}`);
  for (const notice of [...source.notices, ...django.notices]) log.notice(notice);
  return { source, django, requirements };
}

/** What is known before anything is built: enough to say whether a deploy would change anything. */
export interface Plan extends Site {
  match: Match;
  inputs: string;
  deployKey: string;
}

/**
 * Matches the runner's Python with the host's.
 * @throws BuildError before anything is built
 */
export async function planBuild(run: Run, site: Site, facts: HostFacts, log: Log): Promise<Plan> {
  const { stage } = run;
  const match = pickPython(facts, await findPythons(), stage.python.version);
  const inputs = inputsHash(site.requirements, match.target, installerOptions());
  log.info(`building with Python ${match.runner.version} (${match.runner.executable})`);
  const key = deployKey({
    source: site.source.tree.manifest.digest,
    inputs,
    stage,
    envNames: Object.keys(run.env),
    hostMajor: MAJOR,
  });
  return { ...site, match, inputs, deployKey: key };
}

/** A built release: its description, and the trees to send as far as the host lacks them. */
export interface Built {
  made: Made;
  trees: PackTree[];
  env: NonNullable<Pack['env']>;
  /** Where the environment came from; the host may have it all the same. */
  origin: Exclude<Sent['env'], 'reused'>;
  /** Keeps the environment for the next run; to be called when the deploy is over. */
  keep: () => Promise<string | null>;
}

/** Where an environment came from, in the log. */
const FROM: Record<Obtained['from'], string> = {
  local: 'kept on this runner',
  actions: 'from the Actions cache',
  built: 'built in this run',
};

/** Obtains the environment, collects static files, and puts the release together. */
export async function build(run: Run, plan: Plan, facts: HostFacts, scratch: string, log: Log): Promise<Built> {
  const { stage } = run;
  const { source, django, match, requirements, inputs } = plan;
  const say = (line: string) => log.info(line);
  const wanted = {
    requirements,
    top: source.tree.folder,
    match,
    scratch,
    needs: ['django', ...(stage.server === null ? [] : [stage.server]), ...packagesOf(stage.processes)],
    log: say,
  };
  const { env, from, notices, keep } = await obtainEnv({ ...wanted, inputs });
  log.info(`environment ${env.hash.slice(0, 12)} with ${env.packages.length} packages: ${FROM[from]}`);
  checkWheels(env, facts);
  assertApplication(django, env.tree.manifest.entries);
  const here = isForeign(match) ? await obtainTwin(wanted, env) : { env, match, notices: [], keep };
  const { static: collected, notices: more } = await collectStatic({
    source,
    django,
    match: here.match,
    env: here.env,
    stage,
    inputEnv: run.env,
    scratch,
    log: say,
  });
  for (const notice of [...notices, ...here.notices, ...more]) log.notice(notice);
  const web = webProcess({
    ...stage,
    graceMs: stage.times.graceMs,
    application: django.application,
    interface: django.interface,
    packages: env.packages,
  });
  return {
    made: {
      commit: source.commit,
      ref: source.ref,
      deployKey: plan.deployKey,
      trees: { code: source.tree.manifest.digest, static: collected?.tree.manifest.digest ?? null },
      env: { hash: env.hash, inputs, python: env.python, packages: env.packages },
      project: django.project,
      processes: { web, ...otherProcesses(stage.processes, django.settings) },
      manage: ['{python}', django.manage],
      static: collected?.spec ?? null,
    },
    trees: [
      { kind: 'code', tree: source.tree },
      ...(collected === null ? [] : [{ kind: 'static' as const, tree: collected.tree }]),
      { kind: 'env', tree: env.tree },
    ],
    env: { hash: env.hash, digest: env.tree.manifest.digest, python: env.python, requirements: env.requirements },
    origin: from === 'built' ? 'built' : 'cached',
    keep: async () => (await keep()) ?? (here.env === env ? null : await here.keep()),
  };
}

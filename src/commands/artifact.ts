import { mkdir, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { assertFits } from '../artifact/fits.ts';
import { type Artifact, assertFree, readArtifact, writeArtifact } from '../artifact/folder.ts';
import { readDebianPackages } from '../build/debian/packages.ts';
import { assertApplication, type Django, findDjango } from '../build/django/django.ts';
import { type Applied, type Pending, pendingMigrations } from '../build/django/migrations.ts';
import { explainDifference } from '../build/env/explain.ts';
import { messageOf } from '../build/errors.ts';
import { findPythons } from '../build/find-pythons.ts';
import { deployKey } from '../build/key.ts';
import { pickPython } from '../build/python.ts';
import { placeConfig } from '../build/source/config-repository.ts';
import type { Run } from '../config/types.ts';
import type { BuildSpec, HostFacts, Live } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import { interfacesOf } from '../servers/servers.ts';
import { MAJOR } from '../version.ts';
import { fromCommit } from './build.ts';
import { greet } from './host-session.ts';
import { assemble, type Built, bitsOf, type Making, treeOf } from './making.ts';
import { Phases } from './phases.ts';

const NOTHING_LIVE: Live = { release: null, state: null, build: null };

/** Builds the commit in the workspace for the stage's host, and leaves it in a folder for a deploy in another job. */
export async function buildArtifact(run: Run, log: Log): Promise<{ build: BuildSpec; folder: string }> {
  await using scratch = await mkdtempDisposable(join(process.env['RUNNER_TEMP'] || tmpdir(), 'graceful-'));
  const phases = new Phases(log);
  const { artifact: folder } = run;
  const making = await phases.prepare('Read', async () => {
    await assertFree(folder);
    return fromCommit(run, scratch.path, log);
  });
  const { facts, live } = await phases.prepare('Connect', () => hostOf(run, log));
  const plan = await phases.prepare('Plan', () => making.plan(facts));
  const { build } = await phases.prepare('Build', async () => {
    const built = await plan.make();
    await writeArtifact(folder, built);
    const kept = await built.keep();
    if (kept !== null) log.info(kept);
    for (const line of run.explain ? built.explained : []) log.info(line);
    for (const line of run.explain ? explainDifference(live, built.build) : []) log.info(line);
    return built;
  });
  return { build, folder };
}

/** What is known of the host: it is asked where that can be; else it is taken to be like this machine. */
async function hostOf(run: Run, log: Log): Promise<{ facts: HostFacts; live: Live }> {
  const [login] = run.logins;
  if (login !== undefined) {
    const session = await greet(run, login, log);
    try {
      const live = run.explain ? await session.live() : NOTHING_LIVE;
      return { facts: session.welcome.facts, live };
    } finally {
      session.close();
    }
  }
  const pythons = await findPythons();
  const [first] = pythons;
  log.notice('the host is not asked: this is built for a host like this machine');
  const facts: HostFacts = {
    hostname: 'like this machine',
    os: { id: process.platform, version: '', codename: '' },
    machine: first?.machine ?? '',
    libc: first?.libc ?? { name: 'glibc', version: '' },
    pythons,
    disk: { freeBytes: 0, freeInodes: 0 },
    tools: [],
  };
  return { facts, live: NOTHING_LIVE };
}

/** A release whose bits lie in an artifact: nothing is built or resolved. @throws BuildError for one that is damaged */
export async function fromArtifact(run: Run, scratch: string, log: Log): Promise<Making> {
  const into = join(scratch, 'artifact');
  await mkdir(into);
  const artifact = await readArtifact(run.artifact, into);
  const name = relative(run.workspace, run.artifact);
  log.info(`commit ${artifact.build.commit.slice(0, 7)} of ${artifact.build.ref}, from the artifact ${name}`);
  return fromBits(run, artifact, `the artifact ${name}`, scratch);
}

/**
 * A release of bits that are there already; what they are started with is the stage's own.
 * @param what - names them in errors: `the artifact graceful-artifact`
 */
export async function fromBits(run: Run, artifact: Artifact, what: string, scratch: string): Promise<Making> {
  const { stage } = run;
  const { build, trees } = artifact;
  const code = treeOf(trees, 'code').folder;
  if (build.config !== null) await placeConfig({ ...build.config, tree: treeOf(trees, 'config') }, code);
  const django = await findDjango(code, stage.django, interfacesOf(stage));
  assertApplication(django, treeOf(trees, 'env').manifest.entries);
  const key = deployKey({
    // Not the source's digest alone: the same commit can have been built to other bits.
    source: bitsOf(build),
    inputs: build.env.inputs,
    stage,
    envNames: Object.keys(run.env),
    hostMajor: MAJOR,
  });
  const packages = await readDebianPackages(code, django.project);
  const plan = { commit: build.commit, django, deployKey: key, packages };
  return {
    plan: async (facts) => {
      assertFits(what, build, facts, stage.python.version);
      const release = assemble(run, artifact, plan);
      const make = async (applied?: Applied): Promise<Built> => ({
        ...release,
        origin: 'cached',
        pending: applied && (await pendingOf(run, artifact, { django, facts, scratch, applied })),
        explained: [],
        keep: async () => null,
      });
      return { ...plan, make };
    },
  };
}

/** What of its migrations a database lacks: the release's own Django is asked, where a Python for it is here. */
async function pendingOf(
  run: Run,
  { build, trees }: Artifact,
  { django, facts, scratch, applied }: { django: Django; facts: HostFacts; scratch: string; applied: Applied },
): Promise<Pending> {
  try {
    const match = pickPython(facts, await findPythons(), build.target.minor);
    const site = { source: { tree: treeOf(trees, 'code') }, env: { tree: treeOf(trees, 'env') } };
    const inRunner = { ...site, django, match, stage: run.stage, inputEnv: run.env, scratch };
    return await pendingMigrations(inRunner, applied);
  } catch (thrown) {
    return { migrations: null, why: messageOf(thrown), isKnown: false };
  }
}

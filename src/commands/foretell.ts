/** What a deploy would do from here on, told in place of doing it. */
import type { Applied } from '../build/django/migrations.ts';
import type { Run } from '../config/types.ts';
import { allOf, type Members } from '../fleet/member.ts';
import { wavesOf } from '../fleet/waves.ts';
import type { StatusAnswer } from '../protocol/messages.ts';
import { packagesBeside } from '../report/packages.ts';
import type { DeployPlan, HostPlan, ProcessChange, Sending } from '../report/plan/plan.ts';
import { compressionOf, type Lack } from '../session/shipment.ts';
import { SharedPacks } from '../shipping/packs.ts';
import { type Between, commitsOnce } from './commits.ts';
import type { Compared } from './compare.ts';
import { refuseFaults } from './host-session.ts';
import type { Phases } from './phases.ts';
import type { Ready } from './plan.ts';
import { repositoryOf, runningOn } from './release.ts';
import { needs, roomFaults } from './room.ts';

/** What does not depend on what is made. */
type Told = Pick<HostPlan, 'host' | 'release' | 'commit' | 'reasons' | 'commits' | 'toInstall' | 'notes'>;

const NOTHING: Omit<HostPlan, keyof Told> = { packages: [], processes: [], sending: null, disk: null };

/** What the database has, as far as a plan needs it: whichever host has a live release can tell, as they share it. */
export async function askApplied({ stage }: Run, compared: readonly Compared[]): Promise<Applied | undefined> {
  const one = compared.find(({ before }) => before.live.release !== null) ?? compared[0];
  return stage.migrate ? await one?.member.session.applied() : undefined;
}

/** A plan for hosts on which this very release is live. */
export async function foretellNothing(
  run: Run,
  hosts: Members,
  compared: readonly Compared[],
  phases: Phases,
): Promise<DeployPlan> {
  const between = commitsOnce(run);
  const all = await allOf(
    compared.map(async (one) => ({ ...(await tellHost(one, await one.member.session.status(), between)), ...NOTHING })),
  );
  return planOf(run, hosts, compared, phases, { isUnchanged: true, hosts: all, migrations: null });
}

/** A plan of a release that is made: all that would be sent is measured, and nothing is. */
export async function foretell(
  run: Run,
  hosts: Members,
  ready: readonly Ready[],
  phases: Phases,
  scratch: string,
): Promise<DeployPlan> {
  await using packs = new SharedPacks(scratch);
  const between = commitsOnce(run);
  const all = await phases.prepare('Measure', () => allOf(ready.map((one) => foretellHost(run, one, packs, between))));
  const migrations = ready[0]?.built.pending ?? null;
  return planOf(run, hosts, ready, phases, { isUnchanged: false, hosts: all, migrations });
}

function planOf(
  run: Run,
  hosts: Members,
  compared: readonly Compared[],
  phases: Phases,
  found: Pick<DeployPlan, 'isUnchanged' | 'hosts' | 'migrations'>,
): DeployPlan {
  const { stage } = run;
  const names = compared.map(({ member }) => member.name);
  return {
    command: run.command,
    stage: stage.name,
    site: stage.site,
    url: stage.url,
    repository: repositoryOf(run),
    runUrl: run.origin.runUrl ?? null,
    commit: compared[0]?.plan.commit ?? '',
    ...found,
    skipped: hosts.skipped().map(({ host, message }) => ({ host, message })),
    // Nothing switches in a `stage`.
    waves: run.command === 'stage' ? [] : wavesOf(names, hosts.waves),
    phases: phases.rows,
  };
}

async function tellHost({ member, plan, before }: Compared, { holder }: StatusAnswer, between: Between): Promise<Told> {
  const { liveCommit, unfinished } = member.session.welcome;
  return {
    host: member.name,
    release: before.live.release,
    commit: liveCommit,
    reasons: before.reasons,
    commits: await between({ from: liveCommit, to: plan.commit }),
    toInstall: before.toInstall,
    notes: [
      ...(holder === null ? [] : [`under way now, and waited for: ${holder}`]),
      ...(unfinished === null ? [] : [`recovered first: ${unfinished}`]),
    ],
  };
}

async function foretellHost(run: Run, one: Ready, packs: SharedPacks, between: Between): Promise<HostPlan> {
  const { member, before, built } = one;
  const { session } = member;
  const { trees, env } = built;
  const status = await session.status();
  const told = await tellHost(one, status, between);
  const lack = await session.lack({ trees, env, known: before.known });
  const { disk } = session.welcome.facts;
  const needed = needs(trees, lack);
  refuseFaults(session, roomFaults(needed, disk, run.stage.root));
  return {
    ...told,
    packages: packagesBeside(before.live, built.build.env),
    processes: processChanges(run, one, status),
    sending: await measure(lack, packs, session.welcome.facts.tools, built.origin),
    disk: { freeBytes: disk.freeBytes, neededBytes: needed.bytes },
  };
}

/** What would be sent, compressed as it would be. */
async function measure(
  lack: Lack,
  packs: SharedPacks,
  tools: readonly string[],
  origin: Sending['env'],
): Promise<Sending | null> {
  if (lack.trees.length === 0 && !lack.env) return null;
  let bytes = 0;
  for await (const piece of packs.open(lack.objects, compressionOf(lack, tools))) bytes += piece.length;
  return {
    objects: lack.objects.length,
    bytes,
    unpackedBytes: lack.objects.reduce((sum, object) => sum + object.bytes, 0),
    trees: lack.trees.map(({ kind }) => kind),
    env: lack.env ? origin : 'reused',
  };
}

/** What becomes of the processes of what is live, those that are down too. */
function processChanges(run: Run, { member, built }: Ready, { backends, links }: StatusAnswer): ProcessChange[] {
  if (run.command === 'stage') return [];
  const active = backends.filter(({ role, release }) => role === 'active' && release === links.current);
  const running = new Set(active.map(({ process }) => process));
  const wanted = Object.keys(runningOn(member.host, built.made).processes);
  return [
    ...wanted.map((name): ProcessChange => ({ name, change: running.has(name) ? 'restarts' : 'starts' })),
    ...[...running].filter((name) => !wanted.includes(name)).map((name): ProcessChange => ({ name, change: 'ends' })),
  ];
}

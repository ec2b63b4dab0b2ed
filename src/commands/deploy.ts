import { mkdtempDisposable, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainDifference } from '../build/env/explain.ts';
import type { Run } from '../config/types.ts';
import { connectAll, type Members } from '../fleet/member.ts';
import type { HostEnd } from '../fleet/whole.ts';
import type { Deploy, Outcome } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import { packagesText } from '../report/packages.ts';
import type { DeployPlan } from '../report/plan/plan.ts';
import type { Report } from '../report/summary.ts';
import { fromArtifact } from './artifact.ts';
import { fromCommit } from './build.ts';
import { type Compared, compareAll } from './compare.ts';
import { askApplied, foretell, foretellNothing } from './foretell.ts';
import { releaseEnv } from './making.ts';
import { operate } from './operate.ts';
import { Phases } from './phases.ts';
import { type From, makeAll, planAll, type Ready } from './plan.ts';
import { describeRelease, runningOn } from './release.ts';
import { makeReport } from './report.ts';
import { shipAll } from './ship.ts';

/** How a deploy ended, or what it would do; and what keeps the parts that it has built for the next run, once that was told. */
export interface Deployed {
  told: Report | DeployPlan;
  keep: () => Promise<void>;
}

/**
 * Puts the commit in the workspace live on the stage's hosts, or only there (`stage`): read, connect, plan, build, ship, and the hosts'
 * transaction. With `plan` it goes as far as the build, and tells what would follow.
 */
export async function deploy(
  run: Run,
  log: Log,
  from: From = run.fromArtifact ? fromArtifact : fromCommit,
  begun: (commit: string) => void = () => {},
): Promise<Deployed> {
  await using scratch = await mkdtempDisposable(join(process.env['RUNNER_TEMP'] || tmpdir(), 'graceful-'));
  const phases = new Phases(log);
  const reading = phases.prepare('Read', () => from(run, scratch.path, log));
  const connecting = connectAll(run, log, { after: reading });
  // Told when it is waited for; not at all where the commit has faults.
  connecting.catch(() => undefined);
  const making = await reading;
  using hosts = await phases.prepare('Connect', () => connecting);
  const planned = await phases.prepare('Plan', () =>
    planAll(hosts, making, (folder) => from(run, folder, log), scratch.path),
  );
  const { compared, isUnchanged } = await phases.prepare('Compare', (detail) => compareAll(run, planned, detail));
  if (isUnchanged) {
    if (run.explain) explainLive(compared);
    const told = run.plan ? await foretellNothing(run, hosts, compared, phases) : unchanged(run, hosts, phases);
    return { told, keep: async () => {} };
  }
  const commits = { from: hosts.first.session.welcome.liveCommit, to: compared[0]?.plan.commit ?? null };
  if (run.command !== 'stage' && !run.plan && commits.to !== null) begun(commits.to);
  const applied = run.plan ? await phases.prepare('Ask', () => askApplied(run, compared)) : undefined;
  const ready = await phases.prepare('Build', (detail) => makeAll(compared, detail, applied));
  const packages = tellPackages(run, ready);
  const keep = () => keepBuilt(ready, log);
  if (run.plan) return { told: await foretell(run, hosts, ready, phases, scratch.path), keep };
  const sent = await phases.prepare('Ship', (detail) => shipAll(run, ready, scratch.path, detail));
  const requests = requestsOf(run, ready, new Date());
  // Thousands of files take their time: meanwhile the hosts work. Before one has begun, it may have to be sent all of it once more.
  let cleaned: Promise<void> | undefined;
  void Promise.all(hosts.all.map(({ session }) => session.begun)).then(() => {
    cleaned = rm(scratch.path, { recursive: true, force: true }).catch(() => undefined);
  });
  const { outcome, ...told } = await phases
    .run(run.command === 'stage' ? 'Stage' : 'Deploy', () => operate(hosts, requests, log))
    .finally(() => cleaned);
  const report = makeReport(run, phases, outcome);
  return { told: { ...report, tried: requests[0]?.release.id, ...told, sent, packages, commits }, keep };
}

/** Keeps what was made for the next run. */
async function keepBuilt(ready: readonly Ready[], log: Log): Promise<void> {
  for (const built of new Set(ready.map(({ built }) => built))) {
    const kept = await built.keep();
    if (kept !== null) log.info(kept);
  }
}

/** What is installed, beside the release before; with `explain` all that made it. @returns it for the first host */
function tellPackages(run: Run, ready: readonly Ready[]): string | undefined {
  const told = ready.map(({ member: { log }, before, built }) => {
    const packages = packagesText(before.live.build, built.build);
    log.info(`packages: ${packages}`);
    const explained = run.explain ? [...built.explained, ...explainDifference(before.live, built.build)] : [];
    for (const line of explained) log.info(line);
    return packages;
  });
  return told[0];
}

/** What made the environment of what is live already: nothing is built that could tell. */
function explainLive(compared: readonly Compared[]): void {
  for (const { member, plan, before } of compared) {
    const { live } = before;
    if (live.build === null) continue;
    for (const line of plan.explain?.(live.build.env) ?? []) member.log.info(line);
    for (const line of explainDifference(live, live.build)) member.log.info(line);
  }
}

/** What each host is asked: the same release, made `at` one moment. */
function requestsOf(run: Run, ready: readonly Ready[], at: Date): Deploy[] {
  return ready.map(({ member, plan, built }) => ({
    type: run.command === 'stage' ? 'stage' : 'deploy',
    release: describeRelease(run, runningOn(member.host, built.made), at),
    env: releaseEnv(run, plan.django),
    secrets: Object.keys(run.env),
    force: run.force,
  }));
}

function unchanged(run: Run, hosts: Members, phases: Phases): Report {
  const { links, liveCommit: commit } = hosts.first.session.welcome;
  const release = links.current;
  const message = `${release} serves this very source with this configuration already; nothing was built, sent or started.`;
  const outcome: Outcome = { result: 'unchanged', release, previous: release, commit, message, failure: null };
  const report = makeReport(run, phases, outcome);
  if (!hosts.isFleet) return report;
  const ends = hosts.all.map(
    ({ name }): HostEnd => ({ host: name, result: 'unchanged', outcome, message, events: [] }),
  );
  return { ...report, hosts: [...ends, ...hosts.skipped()] };
}

import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainDifference } from '../build/env/explain.ts';
import type { Run } from '../config/types.ts';
import type { KnownTree, Live, Outcome } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import { packagesText } from '../report/packages.ts';
import type { Report, Sent } from '../report/summary.ts';
import { size } from '../report/text.ts';
import type { Session } from '../session/session.ts';
import { fromArtifact } from './artifact.ts';
import { fromCommit } from './build.ts';
import { describeFault, greet, refuseFaults } from './host-session.ts';
import { type Built, type Making, type Plan, releaseEnv } from './making.ts';
import { operate } from './operate.ts';
import { packageFaults } from './packages.ts';
import { Phases } from './phases.ts';
import { checkPublic } from './public-check.ts';
import { describeRelease } from './release.ts';
import { makeReport } from './report.ts';
import { needs, roomFaults } from './room.ts';
import { missingFile } from './shared.ts';

/** What is live on the host, and what is in its store for sure. */
type Before = { live: Live; known: KnownTree[] };

/** How the release of a run is made. */
type From = (run: Run, scratch: string, log: Log) => Promise<Making>;

/** Puts the commit in the workspace live on the stage's host, or only there (`stage`): read, connect, plan, build, ship, and the host's transaction. */
export async function deploy(
  run: Run,
  log: Log,
  from: From = run.fromArtifact ? fromArtifact : fromCommit,
): Promise<Report> {
  await using scratch = await mkdtempDisposable(join(process.env['RUNNER_TEMP'] || tmpdir(), 'graceful-'));
  const phases = new Phases(log);
  const making = await phases.prepare('Read', () => from(run, scratch.path, log));
  const session = await phases.prepare('Connect', () => greet(run, log));
  try {
    const { facts, faults, links, liveCommit } = session.welcome;
    const plan = await phases
      .prepare('Plan', () => making.plan(facts))
      .catch((error: unknown) => {
        // The host's faults would be the next ones to meet.
        for (const fault of faults) log.error(describeFault(session, fault));
        throw error;
      });
    const before = await phases.prepare('Compare', (detail) => compare(session, run, plan, log, detail));
    if (before === 'unchanged') return makeReport(run, phases, unchangedOutcome(links.current, liveCommit));
    const built = await phases.prepare('Build', (detail) => {
      detail(`commit ${plan.commit.slice(0, 7)}`);
      return plan.make();
    });
    const packages = packagesText(before.live.build, built.build);
    log.info(`packages: ${packages}`);
    for (const line of run.explain ? [...built.explained, ...explainDifference(before.live, built.build)] : [])
      log.info(line);
    const sent = await phases.prepare('Ship', (detail) => ship(session, built, before, run.stage.root, log, detail));
    const release = describeRelease(run, built.made, new Date());
    const env = releaseEnv(run, plan.django);
    const type = run.command === 'stage' ? 'stage' : 'deploy';
    const { outcome, events, seen } = await phases.run(type === 'stage' ? 'Stage' : 'Deploy', () =>
      operate(session, { type, release, env, secrets: Object.keys(run.env), force: run.force }, log),
    );
    const kept = await built.keep();
    if (kept !== null) log.info(kept);
    return { ...makeReport(run, phases, outcome), tried: release.id, events, seen, sent, packages };
  } finally {
    session.close();
  }
}

/** What is on the host, or that this very release is live and serves, here and at the public URL. */
async function compare(
  session: Session,
  run: Run,
  plan: Plan,
  log: Log,
  detail: (words: string) => void,
): Promise<Before | 'unchanged'> {
  const { stage } = run;
  const { faults, missing, unchanged, reasons, live, known, offline } = await session.preflight({
    deployKey: plan.deployKey,
    env: releaseEnv(run, plan.django),
    shared: stage.shared,
    health: stage.health,
    verify: stage.verify,
    url: stage.url,
    times: stage.times,
    processes: Object.fromEntries(Object.entries(stage.processes).map(([name, { stopMs }]) => [name, stopMs])),
    force: run.force || run.refreshEnv,
  });
  const atLeast = roomFaults({ bytes: 0, inodes: 0 }, session.welcome.facts.disk, stage.root);
  const lacks = missing.map((path) => missingFile(path, stage));
  const isReady = faults.length + lacks.length === 0;
  const packages = await packageFaults(session, run, plan.packages, isReady, log);
  refuseFaults(session, [...faults, ...lacks, ...packages, ...(unchanged ? [] : atLeast)]);
  const release = live?.release ?? null;
  const isAsked = unchanged && release !== null && stage.verify.public;
  const why = isAsked ? await publicTrouble(run, release, offline) : null;
  const words = [...reasons, ...(why === null ? [] : [`the public check failed: ${why}`])];
  log.info(words.length === 0 ? 'nothing to do: this is what serves' : `to deploy: ${words.join('; ')}`);
  detail(words.length === 0 ? 'unchanged' : words.join('; '));
  if (words.length === 0) return 'unchanged';
  return { live: live ?? { release: null, state: null, build: null }, known };
}

function publicTrouble(run: Run, live: string, offline: boolean): Promise<string | null> {
  const { url, health } = run.stage;
  return checkPublic({ url, health, release: live, static: null, offline }, new AbortController().signal);
}

/** Sends what the host lacks, as one pack. */
async function ship(
  session: Session,
  { trees, env, origin }: Built,
  { live, known }: Before,
  root: string,
  log: Log,
  detail: (words: string) => void,
): Promise<Sent> {
  let kinds: string[] = [];
  let sent: Sent = { objects: 0, bytes: 0, env: origin };
  const shipped = await session.ship(
    { trees, env, known, liveEnv: live.build?.env.hash ?? null },
    {
      onLack: (lack) => {
        refuseFaults(session, roomFaults(needs(trees, lack), session.welcome.facts.disk, root));
        kinds = lack.trees.map(({ kind }) => kind);
        sent = { ...sent, env: lack.env ? origin : 'reused' };
      },
      onNotice: (message) => log.notice(message),
    },
  );
  const { objects, bytes } = shipped ?? sent;
  const words = `${objects} objects, ${size(bytes)} (${kinds.join(', ')})`;
  log.info(shipped === undefined ? 'the host has everything already' : `sent ${words}`);
  detail(shipped === undefined ? 'nothing to send' : words);
  return { ...sent, objects, bytes };
}

function unchangedOutcome(release: string | null, commit: string | null): Outcome {
  const message = `${release} serves this very source with this configuration already; nothing was built, sent or started.`;
  return { result: 'unchanged', release, previous: release, commit, message, failure: null };
}

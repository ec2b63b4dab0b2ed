import type { Run } from '../config/types.ts';
import { allOf } from '../fleet/member.ts';
import type { KnownTree, Live } from '../protocol/messages.ts';
import { refuseFaults } from './host-session.ts';
import { releaseEnv } from './making.ts';
import { packageFaults } from './packages.ts';
import type { Planned } from './plan.ts';
import { checkPublic } from './public-check.ts';
import { roomFaults } from './room.ts';
import { missingFile } from './shared.ts';

/** A host that is ready for the release, and what it has. */
export interface Compared extends Planned {
  before: Before;
}

/** What is live on a host, and what is in its store for sure. */
export interface Before {
  live: Live;
  known: KnownTree[];
  /** Why it is to be deployed to, in words; none where this very release is live and serves, here and at the public URL. */
  reasons: string[];
  /** Debian packages that a deploy would install. */
  toInstall: string[];
}

/** What is on the hosts, and whether one and the same release is live on all of them, and is this one. */
export async function compareAll(
  run: Run,
  planned: readonly Planned[],
  detail: (words: string) => void,
): Promise<{ compared: Compared[]; isUnchanged: boolean }> {
  const compared = await allOf(planned.map(async (one) => ({ ...one, before: await compare(run, one) })));
  const releases = new Set(compared.map(({ before: { live } }) => live.release));
  for (const {
    member,
    before: { reasons },
  } of compared) {
    const words = reasons.length === 0 ? 'unchanged' : reasons.join('; ');
    detail(compared.length === 1 ? words : `${member.name}: ${words}`);
  }
  // Of several hosts all get the new release where one needs it, or where they serve the same under several names.
  const isUnchanged = releases.size === 1 && compared.every(({ before: { reasons } }) => reasons.length === 0);
  return { compared, isUnchanged };
}

async function compare(run: Run, { member: { session, host, log }, plan }: Planned): Promise<Before> {
  const { stage } = run;
  const { faults, missing, unchanged, reasons, live, known, offline } = await session.preflight({
    deployKey: plan.deployKey,
    env: releaseEnv(run, plan.django),
    shared: stage.shared,
    health: stage.health,
    verify: stage.verify,
    url: stage.url,
    times: stage.times,
    processes: Object.fromEntries(host.processes.map((name) => [name, stage.processes[name]?.stopMs ?? 0])),
    force: run.force || run.refreshEnv,
  });
  const atLeast = roomFaults({ bytes: 0, inodes: 0 }, session.welcome.facts.disk, stage.root);
  const lacks = missing.map((path) => missingFile(path, stage, host));
  const isReady = faults.length + lacks.length === 0;
  const packages = await packageFaults(session, run, plan.packages, isReady, log);
  refuseFaults(session, [...faults, ...lacks, ...packages.faults, ...(unchanged ? [] : atLeast)]);
  const release = live?.release ?? null;
  const isAsked = unchanged && release !== null && stage.verify.public;
  const why = isAsked ? await publicTrouble(run, release, offline) : null;
  const words = [...reasons, ...(why === null ? [] : [`the public check failed: ${why}`])];
  log.info(words.length === 0 ? 'nothing to do: this is what serves' : `to deploy: ${words.join('; ')}`);
  return {
    live: live ?? { release: null, state: null, build: null },
    known,
    reasons: words,
    toInstall: packages.planned,
  };
}

function publicTrouble(run: Run, live: string, offline: boolean): Promise<string | null> {
  const { url, health } = run.stage;
  return checkPublic({ url, health, release: live, static: null, offline }, new AbortController().signal);
}

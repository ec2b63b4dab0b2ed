import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../config/types.ts';
import { connectAll, type Member } from '../fleet/member.ts';
import { type HostEnd, wholeOutcome } from '../fleet/whole.ts';
import type { AskOutcomeOf, Outcome } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Report } from '../report/summary.ts';
import type { Session } from '../session/session.ts';
import { HostError, UNTOUCHED } from '../ssh/error.ts';
import { Phases } from './phases.ts';
import { makeReport } from './report.ts';

const POLL_MS = 1_000;

/** Learns what became of an operation that another run began, and waits for its end as long as for the lock. */
export async function learn(run: Run, request: AskOutcomeOf, log: Log): Promise<Report> {
  const phases = new Phases(log);
  using hosts = await phases.prepare('Connect', () => connectAll(run, log));
  if (!hosts.isFleet) {
    const { session } = hosts.first;
    const outcome = await phases.run('Outcome', () => ended(session, request.operation, run.lockMs, log));
    return makeReport(run, phases, outcome);
  }
  const told = await phases.run('Outcome', () => hosts.each((member) => endOf(member, request.operation, run.lockMs)));
  const ends = [...told, ...hosts.skipped()];
  return { ...makeReport(run, phases, wholeOutcome(ends)), hosts: ends };
}

/** How it ended on one host of several; a host that knows nothing of it was not asked. */
async function endOf({ name, session, log }: Member, operation: string | null, patienceMs: number): Promise<HostEnd> {
  try {
    const outcome = await ended(session, operation, patienceMs, log);
    return { host: name, result: outcome.result, outcome, message: outcome.message, events: [] };
  } catch (error) {
    if (!(error instanceof HostError) || error.kind !== 'unknown') throw error;
    return { host: name, result: 'untouched', outcome: null, message: error.what, events: [] };
  }
}

async function ended(session: Session, operation: string | null, patienceMs: number, log: Log): Promise<Outcome> {
  const deadline = performance.now() + patienceMs;
  for (let asked = operation, first = true; ; first = false) {
    const { state, outcome, operation: name = asked } = await session.outcomeOf(asked);
    if (first && name !== null) log.info(`operation ${name}`);
    if (outcome !== null) return outcome;
    if (state === 'unknown')
      throw refusal(session, 'unknown', name === null ? 'nothing was done yet' : `there was no operation ${name}`);
    if (performance.now() > deadline) throw refusal(session, 'answer', `operation ${name} has not ended yet`);
    if (first) log.notice(`operation ${name} has not ended yet: waiting for it`);
    // Another one may begin meanwhile.
    asked = name;
    await sleep(POLL_MS);
  }
}

function refusal(session: Session, kind: 'answer' | 'unknown', what: string): HostError {
  const next = '`graceful history` lists what was done, `graceful status` shows what the host serves.';
  return new HostError({ kind, what: `${what}.`, where: session.label, state: UNTOUCHED, next });
}

import type { Run } from '../config/types.ts';
import { connectAll, type Members } from '../fleet/member.ts';
import type { Begin } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Report } from '../report/summary.ts';
import { HostError, UNTOUCHED } from '../ssh/error.ts';
import { refuseFaults } from './host-session.ts';
import { operate } from './operate.ts';
import { Phases } from './phases.ts';
import { makeReport } from './report.ts';

/** Runs an operation about what is on the host already: going to another release, starting and stopping backends. */
export async function go(run: Run, log: Log): Promise<Report> {
  const phases = new Phases(log);
  using hosts = await phases.prepare('Connect', () => connectAll(run, log));
  await hosts.each(async ({ session }) => refuseFaults(session, session.welcome.faults));
  const release = run.release ?? oneRelease(run, hosts);
  const asked = requestOf({ ...run, release });
  const { outcome, ...told } = await phases.run(phaseOf(run), () => operate(hosts, asked, log));
  const isOther = outcome.release !== outcome.previous;
  const commits = isOther ? { from: hosts.first.session.welcome.liveCommit, to: outcome.commit } : undefined;
  return { ...makeReport(run, phases, outcome), tried: release, ...told, commits };
}

/** Where a plain rollback of several hosts goes: all of them to the same. @throws HostError where each would go to another */
function oneRelease(run: Run, { all }: Members): string | undefined {
  if (run.command !== 'rollback' || all.length === 1) return undefined;
  const targets = new Set(all.map(({ session }) => session.welcome.links.previous));
  const [target] = targets;
  // Where there is none, the hosts themselves say what to do.
  if (targets.size === 1) return target ?? undefined;
  const told = all.map(({ name, session }) => `${name}: ${session.welcome.links.previous ?? 'none'}`);
  throw new HostError({
    kind: 'answer',
    what: `the hosts do not have the same release before the live one (${told.join('; ')}).`,
    where: run.stage.name,
    state: UNTOUCHED,
    next: 'Name the release to go to: input `release`, or `graceful rollback RELEASE`; `releases` lists those of each host.',
  });
}

function phaseOf({ command }: Run): string {
  return command === 'rollback' ? 'Roll back' : `${command.charAt(0).toUpperCase()}${command.slice(1)}`;
}

function requestOf(run: Run): Begin {
  const { command, release, names, stage, force, preempt, databaseAhead, lockMs } = run;
  const asked = { times: { ...stage.times, lockMs }, force, preempt, databaseAhead };
  switch (command) {
    case 'rollback':
      return { type: command, release: release ?? null, ...asked };
    case 'activate':
      if (release === undefined) throw new Error('a run that activates names a release');
      return { type: command, release, ...asked };
    case 'update':
    case 'keepalive':
      return { type: command, ...asked };
    case 'restart':
    case 'start':
    case 'stop':
      return { type: command, ...names, ...asked };
    default:
      throw new Error(`${command} is about more than what is on the host`);
  }
}

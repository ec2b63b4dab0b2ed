import type { Run } from '../config/types.ts';
import { connectAll, type Members } from '../fleet/member.ts';
import { inactiveOf, oneTarget } from '../fleet/target.ts';
import type { Begin } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Report } from '../report/summary.ts';
import { refuseFaults } from './host-session.ts';
import { operate } from './operate.ts';
import { Phases } from './phases.ts';
import { makeReport } from './report.ts';

/** Runs an operation about what is on the host already: going to another release, starting and stopping backends. */
export async function go(run: Run, log: Log): Promise<Report> {
  const phases = new Phases(log);
  using hosts = await phases.prepare('Connect', () => connectAll(run, log));
  await hosts.each(async ({ session }) => refuseFaults(session, session.welcome.faults));
  const release = run.release ?? (await oneRelease(run, hosts));
  const asked = requestOf({ ...run, release });
  const { outcome, ...told } = await phases.run(phaseOf(run), () => operate(hosts, asked, log));
  const isOther = outcome.release !== outcome.previous;
  const commits = isOther ? { from: hosts.first.session.welcome.liveCommit, to: outcome.commit } : undefined;
  return { ...makeReport(run, phases, outcome), tried: release, ...told, commits };
}

/** Where a plain rollback or update of several hosts goes: all to the same. @throws HostError where each would go to another */
async function oneRelease({ command, stage }: Run, hosts: Members): Promise<string | undefined> {
  if ((command !== 'rollback' && command !== 'update') || hosts.all.length === 1) return undefined;
  const targets = await hosts.each(async ({ name, session }) => {
    const release = command === 'update' ? inactiveOf(await session.status()) : session.welcome.links.previous;
    return { name, release };
  });
  // Where there is none, the hosts themselves say what to do.
  return oneTarget(command, stage.name, targets) ?? undefined;
}

function phaseOf({ command }: Run): string {
  return command === 'rollback' ? 'Roll back' : `${command.charAt(0).toUpperCase()}${command.slice(1)}`;
}

function requestOf(run: Run): Begin {
  const { command, release, names, stage, force, preempt, databaseAhead, lockMs } = run;
  const asked = { times: { ...stage.times, lockMs }, force, preempt, databaseAhead };
  switch (command) {
    case 'rollback':
    case 'update':
      return { type: command, release: release ?? null, ...asked };
    case 'activate':
      if (release === undefined) throw new Error('a run that activates names a release');
      return { type: command, release, ...asked };
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

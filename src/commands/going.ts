import type { Run } from '../config/types.ts';
import type { Begin } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Report } from '../report/summary.ts';
import { greet, refuseFaults } from './host-session.ts';
import { operate } from './operate.ts';
import { Phases } from './phases.ts';
import { makeReport } from './report.ts';

/** Runs an operation about what is on the host already: going to another release, starting and stopping backends. */
export async function go(run: Run, log: Log): Promise<Report> {
  const phases = new Phases(log);
  const session = await phases.prepare('Connect', () => greet(run, log));
  try {
    refuseFaults(session, session.welcome.faults);
    const { outcome, events, seen } = await phases.run(phaseOf(run), () => operate(session, requestOf(run), log));
    return { ...makeReport(run, phases, outcome), tried: run.release, events, seen };
  } finally {
    session.close();
  }
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

import type { Run } from '../config/types.ts';
import type { Log } from '../report/log.ts';
import type { Report } from '../report/summary.ts';
import { greet, refuseFaults } from './host-session.ts';
import { operate } from './operate.ts';
import { Phases } from './phases.ts';
import { makeReport } from './report.ts';

/** Goes back to the release before, or to a named one: the same transaction, from `start` on. */
export async function rollback(run: Run, log: Log): Promise<Report> {
  const phases = new Phases(log);
  const session = await phases.prepare('Connect', () => greet(run, log));
  try {
    refuseFaults(session, session.welcome.faults);
    const { outcome, events } = await phases.run('Roll back', () =>
      operate(session, { type: 'rollback', release: run.release ?? null, times: run.stage.times }, log),
    );
    return { ...makeReport(run, phases, outcome), tried: run.release, events };
  } finally {
    await session.close();
  }
}

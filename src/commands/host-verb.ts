import type { Run } from '../config/types.ts';
import type { AskLogs, Begin } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Report } from '../report/summary.ts';
import { plainLines } from '../report/text.ts';
import { greet } from './host-session.ts';
import { operate } from './operate.ts';
import { Phases } from './phases.ts';
import { makeReport } from './report.ts';
import { hearSignals } from './signals.ts';

/** Has the host do something that needs nothing but the host, and follows it to its end. */
export async function change(run: Run, request: Begin, log: Log): Promise<Report> {
  const phases = new Phases(log);
  const session = await phases.prepare('Connect', () => greet(run, log));
  try {
    const { outcome, events, seen } = await phases.run(run.command, () => operate(session, request, log));
    return { ...makeReport(run, phases, outcome), events, seen };
  } finally {
    session.close();
  }
}

/** Prints a process's log as it comes, until it ends or the run is interrupted: at a terminal on standard output. */
export async function showLogs(run: Run, request: AskLogs, log: Log, actions: boolean): Promise<void> {
  const print = (lines: readonly string[]) => {
    if (actions) log.quote(lines);
    else
      process.stdout.write(
        lines
          .flatMap(plainLines)
          .map((line) => `${line}\n`)
          .join(''),
      );
  };
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  const session = await greet(run, log);
  const unhear = hearSignals(stop);
  try {
    await session.logs(request, print, stopped.signal);
  } finally {
    unhear();
    session.close();
  }
}

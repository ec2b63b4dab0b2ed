import type { Run } from '../config/types.ts';
import { connectAll, connectFirst } from '../fleet/member.ts';
import type { AskLogs, Begin } from '../protocol/messages.ts';
import { answer } from '../report/answer.ts';
import type { Clean } from '../report/clean.ts';
import type { Log } from '../report/log.ts';
import type { Report } from '../report/summary.ts';
import { plainLines } from '../report/text.ts';
import { operate } from './operate.ts';
import { Phases } from './phases.ts';
import { makeReport } from './report.ts';
import { hearSignals } from './signals.ts';

/** Has the host do something that needs nothing but the host, and follows it to its end. */
export async function change(run: Run, request: Begin, log: Log): Promise<Report> {
  const phases = new Phases(log);
  // Done once for all hosts: they share the database.
  const connect = request.type === 'manage' ? connectFirst : connectAll;
  using hosts = await phases.prepare('Connect', () => connect(run, log));
  const { outcome, ...told } = await phases.run(run.command, () => operate(hosts, request, log));
  return { ...makeReport(run, phases, outcome), ...told };
}

/** Prints a process's log as it comes, until it ends or the run is interrupted; as JSON an object a line. */
export async function showLogs(run: Run, request: AskLogs, log: Log, clean: Clean): Promise<void> {
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  using hosts = await connectAll(run, log);
  const told = (host: string, line: string): string => {
    if (run.json) return JSON.stringify({ host, line });
    return hosts.isFleet ? `${host}: ${line}` : line;
  };
  const unhear = hearSignals(stop);
  try {
    await hosts.each(({ session, name }) => {
      const print = (lines: readonly string[]) => {
        const plain = lines.flatMap(plainLines).map(clean);
        answer(plain.map((line) => `${told(name, line)}\n`).join(''), run.json);
      };
      return session.logs(request, print, stopped.signal);
    });
  } finally {
    unhear();
  }
}

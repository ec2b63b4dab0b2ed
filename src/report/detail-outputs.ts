import { migrationsOf } from './changes.ts';
import { endsOf, type Report } from './summary.ts';
import { plainLine } from './text.ts';
import { steps } from './timeline.ts';

/** Longest message, and longest subject of a commit, characters: an output becomes part of a command's environment. */
export const LONGEST = 4_000;
const SHORT = 200;

const short = (text: string): string => plainLine(text).slice(0, SHORT);

/** What the summary tells beside the result, for programs. Pure. */
export function detailOutputs(report: Report): Record<string, string> {
  const { outcome, sent } = report;
  return {
    message: outcome.message.slice(0, LONGEST),
    'failed-step': outcome.failure?.step ?? '',
    changes: JSON.stringify(changesOf(report)),
    times: JSON.stringify(timesOf(report)),
    'sent-bytes': sent === null ? '' : String(sent.bytes),
  };
}

/** What an operation brought. */
export function changesOf({ between = null, packages, events }: Report): object {
  const shown = between?.shown.map(({ sha, subject, author }) => ({
    sha,
    subject: short(subject),
    author: short(author),
  }));
  return { commits: between && { ...between, shown }, packages: packages ?? null, migrations: migrationsOf(events) };
}

/** How long each phase and each host's step took, milliseconds. */
export function timesOf(report: Report): object[] {
  const rows = [
    ...report.phases.map((row) => ({ host: null, ...row })),
    ...endsOf(report).flatMap(({ host, events }) => steps(events).map((row) => ({ host, ...row }))),
  ];
  return rows.map(({ host, name, ms, good }) => ({ host, name, ms, good }));
}

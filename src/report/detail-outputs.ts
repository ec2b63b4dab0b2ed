import { migrationsOf } from './changes.ts';
import { endsOf, type Report } from './summary.ts';
import { plainLine } from './text.ts';
import { steps } from './timeline.ts';

/** Longest message, and longest subject of a commit, characters: an output becomes part of a command's environment. */
const LONGEST = 4_000;
const SHORT = 200;

const short = (text: string): string => plainLine(text).slice(0, SHORT);

/** What the summary tells beside the result, for programs. Pure. */
export function detailOutputs(report: Report): Record<string, string> {
  const { outcome, between = null, packages = null, phases, sent, events } = report;
  const times = [
    ...phases.map((row) => ({ host: null, ...row })),
    ...endsOf(report).flatMap(({ host, events: own }) => steps(own).map((row) => ({ host, ...row }))),
  ];
  return {
    message: outcome.message.slice(0, LONGEST),
    'failed-step': outcome.failure?.step ?? '',
    changes: JSON.stringify({
      commits: between && {
        ...between,
        shown: between.shown.map(({ sha, subject, author }) => ({
          sha,
          subject: short(subject),
          author: short(author),
        })),
      },
      packages,
      migrations: migrationsOf(events),
    }),
    times: JSON.stringify(times.map(({ host, name, ms, good }) => ({ host, name, ms, good }))),
    'sent-bytes': sent === null ? '' : String(sent.bytes),
  };
}

import type { Failure, Outcome } from '../protocol/messages.ts';
import type { Told } from './error.ts';
import type { Log } from './log.ts';
import type { Report } from './summary.ts';
import type { Heard } from './timeline.ts';

/** Takes the run's secrets out of a text that a host or a site may have written. */
export type Clean = (text: string) => string;

/** A log whose every text is cleaned before it is written. */
export function cleanLog(log: Log, clean: Clean): Log {
  const { passing } = log;
  return {
    passing: passing && ((text) => passing(clean(text))),
    phase: (title) => log.phase(clean(title)),
    end: () => log.end(),
    info: (text) => log.info(clean(text)),
    step: (text, good) => log.step(clean(text), good),
    quote: (lines) => log.quote(lines.map(clean)),
    notice: (text) => log.notice(clean(text)),
    error: (text) => log.error(clean(text)),
  };
}

/** Everything that is told of an operation. Names and ids stay: they are checked, and no site writes them. */
export function cleanReport(report: Report, clean: Clean): Report {
  const { outcome, events, phases, hosts, between } = report;
  return {
    ...report,
    outcome: cleanOutcome(outcome, clean),
    hosts: hosts?.map((end) => ({
      ...end,
      outcome: end.outcome && cleanOutcome(end.outcome, clean),
      message: clean(end.message),
      events: end.events.map((event) => cleanEvent(event, clean)),
    })),
    events: events.map((event) => cleanEvent(event, clean)),
    phases: phases.map((row) => ({ ...row, detail: clean(row.detail) })),
    between: between && {
      ...between,
      shown: between.shown.map((one) => ({ ...one, subject: clean(one.subject), author: clean(one.author) })),
    },
  };
}

function cleanOutcome(outcome: Outcome, clean: Clean): Outcome {
  const failure = outcome.failure && cleanFailure(outcome.failure, clean);
  return { ...outcome, message: clean(outcome.message), failure };
}

/** Everything that is told of an error. */
export function cleanTold(told: Told, clean: Clean): Told {
  return {
    ...told,
    faults: told.faults.map((fault) => ({ ...fault, what: clean(fault.what), mend: clean(fault.mend) })),
    state: clean(told.state),
    output: told.output.map(clean),
  };
}

/** Of the events only steps and downtime are reported; the others are told by the log as they come. */
function cleanEvent(event: Heard, clean: Clean): Heard {
  if (event.kind === 'unmeasured') return { ...event, why: clean(event.why) };
  return event.kind === 'step' && event.status !== 'begin' ? { ...event, detail: clean(event.detail) } : event;
}

function cleanFailure({ answer, ...failure }: Failure, clean: Clean): Failure {
  return {
    ...failure,
    what: clean(failure.what),
    next: clean(failure.next),
    answer: answer && { ...answer, location: answer.location && clean(answer.location), body: clean(answer.body) },
    log: failure.log.map(clean),
  };
}

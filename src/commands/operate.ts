import type { Begin, Downtime, Event, Outcome } from '../protocol/messages.ts';
import { seenText } from '../report/downtime.ts';
import type { Log } from '../report/log.ts';
import { showEvent } from '../report/progress.ts';
import type { Session } from '../session/session.ts';
import { Cancelled } from './cancel.ts';
import { Visits } from './downtime.ts';
import { checkPublic, mendOf } from './public-check.ts';
import { hearSignals } from './signals.ts';

/** An operation as it ended on the host, with its tale. */
export interface Operated {
  outcome: Outcome;
  events: Event[];
  /** What this runner saw of the switch at the public URL, null where it did not look. */
  seen: Downtime | null;
}

/**
 * Runs an operation on the host to its end: shows its events, checks the public URL when the host asks for it, and
 * confirms or cancels. A cancelled job (SIGINT, SIGTERM) sends `cancel` and still waits for what the host records.
 */
export async function operate(session: Session, request: Begin, log: Log): Promise<Operated> {
  const events: Event[] = [];
  const stopped = new AbortController();
  let interrupts = 0;
  let begun = false;
  let visits: Visits | undefined;
  const cancel = (signal: NodeJS.Signals) => {
    if (signal === 'SIGINT' && ++interrupts > 1) {
      log.error('interrupted twice: not waiting for the host, which stops or falls back by itself; `status` tells');
      process.exit(130);
    }
    if (stopped.signal.aborted) return;
    stopped.abort();
    if (!begun) return;
    log.notice('cancelled: asking the host to stop, or to fall back');
    void session.cancel('the job was cancelled', 'Run it again when it is wanted.');
  };
  const unhear = hearSignals(cancel);
  try {
    if (stopped.signal.aborted) throw new Cancelled('Cancelled before the host was asked; the site is as it was.');
    begun = true;
    // First of all: whatever becomes of this run, its log names what to ask for.
    log.info(`operation ${session.operationName}: \`graceful outcome ${session.operationName}\` tells how it ended`);
    const outcome = await session.run(request, {
      onEvent: async (event) => {
        events.push(event);
        showEvent(log, event);
        if (event.kind === 'measuring' && event.public) visits ??= new Visits(event.url, event.path);
        if (event.kind === 'verify-public') await answer(session, event, request.type, log, stopped.signal);
      },
      onNotice: (message) => log.notice(message),
    });
    const seen = (await visits?.end(!stopped.signal.aborted)) ?? null;
    if (seen !== null) log.info(`downtime: ${seenText(seen)}`);
    return { outcome, events, seen };
  } finally {
    void visits?.end(false);
    stopped.abort();
    unhear();
  }
}

async function answer(
  session: Session,
  event: Extract<Event, { kind: 'verify-public' }>,
  kind: Begin['type'],
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const trouble = event.public ? await checkPublic(event, signal) : null;
  if (signal.aborted) return;
  if (trouble === null) {
    await session.confirm();
  } else {
    log.error(`the public check failed: ${trouble}`);
    await session.cancel(`the public check failed: ${trouble}`, mendOf(trouble, event.url, kind));
  }
}

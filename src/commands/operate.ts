import type { Members } from '../fleet/member.ts';
import { operateTogether } from '../fleet/together.ts';
import { type HostEnd, wholeOutcome } from '../fleet/whole.ts';
import type { Begin, Downtime, Event, Outcome } from '../protocol/messages.ts';
import { seenText } from '../report/downtime.ts';
import type { Log } from '../report/log.ts';
import { showEvent } from '../report/progress.ts';
import { type Heard, heard } from '../report/timeline.ts';
import type { Session } from '../session/session.ts';
import { Cancelled, hearCancel } from './cancel.ts';
import { Visits } from './downtime.ts';
import { checkPublic, mendOf, readyToAsk } from './public-check.ts';

/** An operation as it ended, with its tale. */
export interface Operated {
  outcome: Outcome;
  /** Those of all hosts, one host after the other. */
  events: Heard[];
  /** What this runner saw of the switch at the public URL, null where it did not look. */
  seen: Downtime | null;
  /** How each host ended, where there are several. */
  hosts?: HostEnd[];
}

/**
 * Runs an operation to its end: shows its events, checks the public URL, and confirms or cancels. A cancelled job (SIGINT, SIGTERM)
 * sends `cancel` and still waits for what each host records.
 * @param requests one for all hosts, or one for each in their order
 */
export async function operate(members: Members, requests: Begin | readonly Begin[], log: Log): Promise<Operated> {
  const { all, waves, isFleet } = members;
  const asked = all.flatMap((member, index) => {
    const request = 'type' in requests ? requests : requests[index];
    return request === undefined ? [] : [{ member, request }];
  });
  const [first, ...others] = asked;
  if (first === undefined) throw new Error('a run was let through without a host');
  // Once the hosts have been asked.
  setImmediate(readyToAsk);
  if (!isFleet) return operateAlone(first.member.session, first.request, log);
  const { ends, culprit, seen } = await operateTogether([first, ...others], waves, log);
  const hosts = [...ends, ...members.skipped()];
  return { outcome: wholeOutcome(hosts, culprit), events: ends.flatMap(({ events }) => events), seen, hosts };
}

async function operateAlone(session: Session, request: Begin, log: Log): Promise<Operated> {
  const events: Heard[] = [];
  let begun = false;
  let visits: Visits | undefined;
  const stopped = hearCancel(log, () => {
    if (!begun) return;
    log.notice('cancelled: asking the host to stop, or to fall back');
    void session.cancel('the job was cancelled', 'Run it again when it is wanted.');
  });
  try {
    if (stopped.signal.aborted) throw new Cancelled('Cancelled before the host was asked; the site is as it was.');
    begun = true;
    // First of all: whatever becomes of this run, its log names what to ask for.
    log.info(`operation ${session.operationName}: \`graceful outcome ${session.operationName}\` tells how it ended`);
    const outcome = await session.run(request, {
      onEvent: async (event) => {
        events.push(heard(event));
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
    stopped.end();
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

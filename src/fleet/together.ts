import { Cancelled, hearCancel } from '../commands/cancel.ts';
import { Visits } from '../commands/downtime.ts';
import type { Downtime, Event } from '../protocol/messages.ts';
import { seenText } from '../report/downtime.ts';
import type { Log } from '../report/log.ts';
import { HostError, HostErrors } from '../ssh/error.ts';
import { Broken, type Conducted, conduct } from './conduct.ts';
import { type Asked, Voice } from './voice.ts';
import type { HostEnd } from './whole.ts';

/** What became of an operation on several hosts. */
export interface Together {
  ends: HostEnd[];
  /** The host that stopped the others, where one did. */
  culprit: string | undefined;
  seen: Downtime | null;
}

/**
 * Runs an operation on all hosts to its end: they go on together up to the confirms, or all of them stop or fall back. A cancelled job
 * is told to all, and what each host records is still waited for.
 * @throws HostError or HostErrors where no host said how it ended
 */
export async function operateTogether(
  asked: readonly [Asked, ...Asked[]],
  waves: Conducted['waves'],
  log: Log,
): Promise<Together> {
  let visits: Visits | undefined;
  let news = Promise.withResolvers<void>();
  const hear = (event?: Event) => {
    if (event?.kind === 'measuring' && event.public) visits ??= new Visits(event.url, event.path);
    news.resolve();
    news = Promise.withResolvers();
  };
  const until: Conducted['until'] = async (holds, againMs) => {
    const timer = againMs === undefined ? undefined : setTimeout(hear, againMs + 1);
    try {
      while (!holds()) await news.promise;
    } finally {
      clearTimeout(timer);
    }
  };
  const [first, ...others] = asked.map((one) => new Voice(one, hear));
  if (first === undefined) throw new Error('an operation without a host');
  const voices = [first, ...others];
  const stopped = hearCancel(log, () => {
    if (first.asked) log.notice('cancelled: asking the hosts to stop, or to fall back');
    hear();
  });
  const runs: Promise<void>[] = [];
  const begin = (voice: Voice) => runs.push(voice.run());
  const { operationName } = first.member.session;
  try {
    if (stopped.signal.aborted) throw new Cancelled('Cancelled before the hosts were asked; the site is as it was.');
    log.info(`operation ${operationName}: \`graceful outcome ${operationName}\` tells how it ended`);
    const broken = await conduct([first, ...others], { begin, until, waves, log, signal: stopped.signal }).then(
      () => undefined,
      (error: unknown) =>
        error instanceof Broken ? error : new Broken('the runner failed', undefined, undefined, error),
    );
    if (broken !== undefined) for (const voice of voices) voice.cancel(broken.message, broken.next);
    await Promise.all(runs);
    if (broken?.cause !== undefined) throw broken.cause;
    const seen = (await visits?.end(!stopped.signal.aborted)) ?? null;
    if (seen !== null) log.info(`downtime: ${seenText(seen)}`);
    const ends = voices.map((voice) => voice.end());
    refuseSilence(voices);
    return { ends, culprit: broken?.culprit, seen };
  } finally {
    void visits?.end(false);
    stopped.end();
  }
}

/** What no host has said anything of has no outcome. @throws HostError, HostErrors */
function refuseSilence(voices: readonly Voice[]): void {
  if (voices.some(({ outcome }) => outcome !== undefined)) return;
  const errors = voices.flatMap(({ error }) => (error instanceof HostError ? [error] : []));
  const [error] = errors;
  if (error !== undefined) throw errors.length === 1 ? error : new HostErrors(errors);
}

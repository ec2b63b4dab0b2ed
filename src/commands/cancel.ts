import { setTimeout as sleep } from 'node:timers/promises';
import { cancelling } from '../build/cancelling.ts';
import type { Log } from '../report/log.ts';
import { hearSignals } from './signals.ts';

/** Programs that were ended are gone at once, and their files are tidied up; so long is waited for that, milliseconds. */
const TIDY = 2_000;

/** The job was cancelled before the host was asked to change anything. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/**
 * Hears a cancelled job while hosts are at work, until `end`. A second SIGINT ends this process: the hosts do what they do without it.
 *
 * @param cancel called once, when `signal` is aborted
 */
export function hearCancel(log: Log, cancel: () => void): { signal: AbortSignal; end: () => void } {
  const stopped = new AbortController();
  let interrupts = 0;
  const unhear = hearSignals((signal) => {
    if (signal === 'SIGINT' && ++interrupts > 1) {
      log.error('interrupted twice: not waiting for the host, which stops or falls back by itself; `status` tells');
      process.exit(130);
    }
    if (stopped.signal.aborted) return;
    stopped.abort();
    cancel();
  });
  return {
    signal: stopped.signal,
    end: () => {
      stopped.abort();
      unhear();
    },
  };
}

/**
 * Does work that changes nothing on the site. SIGINT or SIGTERM (a cancelled job) ends it with all programs it has started.
 *
 * @param words what is done, and what was sent: the middle of the sentence that tells it
 * @throws Cancelled
 */
export async function cancellable<T>(words: string, work: () => Promise<T>): Promise<T> {
  const stopped = new AbortController();
  const cancelled = Promise.withResolvers<never>();
  const cancel = () => {
    stopped.abort();
    cancelled.reject(new Cancelled(`Cancelled while ${words}; the site is as it was.`));
  };
  const unhear = hearSignals(cancel);
  const working = stopped.signal.aborted ? cancelled.promise : cancelling.run(stopped.signal, work);
  try {
    return await Promise.race([working, cancelled.promise]);
  } catch (error) {
    if (stopped.signal.aborted) await Promise.race([Promise.allSettled([working]), sleep(TIDY)]);
    throw error;
  } finally {
    unhear();
  }
}

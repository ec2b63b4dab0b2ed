import type { Downtime } from '../protocol/messages.ts';
import { get } from './public-check.ts';

/** Requests in a second. */
const RATE = 10;
/** Longest that an answer may take, and that the end waits for the last ones, milliseconds. */
const LONGEST_MS = 3_000;
/** So many may be under way: they are not to crowd out the visitors of a slow site. */
const AT_ONCE = 4;
/** What the logs on the way name them by. */
const AGENT = 'graceful-downtime';
/** Whoever answers this is asked no more: the public check, which decides, comes from the same address. */
const TOO_MANY = 429;

/** Requests to the public URL at a steady rate, however slow the answers are. Nothing that becomes of them is an error. */
export class Visits {
  readonly #url: string;
  readonly #path: string;
  readonly #gone = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #pacer: NodeJS.Timeout;
  #seen: Downtime = { requests: 0, failed: 0, worstMs: 0 };

  /** Begins at once. */
  constructor(url: string, path: string) {
    this.#url = url;
    this.#path = path;
    this.#pacer = setInterval(() => this.#send(), 1_000 / RATE);
    this.#send();
  }

  /**
   * Ends it, and waits a moment for the answers that are still to come; not at all where nobody has time for that (`patient`), and
   * then those requests do not count.
   * @returns null where there was no answer, good or bad, to wait for
   */
  async end(patient: boolean): Promise<Downtime | null> {
    clearInterval(this.#pacer);
    if (!patient) this.#gone.abort();
    await Promise.all(this.#underWay);
    return this.#seen.requests === 0 ? null : this.#seen;
  }

  #send(): void {
    if (this.#underWay.size >= AT_ONCE) return;
    const visit = this.#visit().finally(() => this.#underWay.delete(visit));
    this.#underWay.add(visit);
  }

  async #visit(): Promise<void> {
    const began = performance.now();
    const status = await this.#ask();
    if (this.#gone.signal.aborted) return;
    if (status === TOO_MANY) clearInterval(this.#pacer);
    const { requests, failed, worstMs } = this.#seen;
    this.#seen = {
      requests: requests + 1,
      failed: failed + (status === null || status >= 500 ? 1 : 0),
      worstMs: Math.max(worstMs, Math.round(performance.now() - began)),
    };
  }

  async #ask(): Promise<number | null> {
    try {
      const { status } = await get(new URL(this.#path, this.#url), LONGEST_MS, this.#gone.signal, AGENT);
      return status;
    } catch {
      return null;
    }
  }
}

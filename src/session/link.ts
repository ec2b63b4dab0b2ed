import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Want } from '../protocol/messages.ts';
import type { ConnectOptions } from '../ssh/connect.ts';
import { HostError } from '../ssh/error.ts';
import { answerError, unexpected } from './faults.ts';
import { type Greeted, type Greeting, greet } from './hello.ts';
import type { SessionTimes } from './options.ts';
import type { Wire } from './wire.ts';

/** Wait between two attempts to come back, so that a host that refuses at once is not hammered. */
const PAUSE_MS = 500;

/** The way to one host: the wire that lives, and how to make the next one. */
export class Link {
  readonly greeting: Greeting;
  readonly times: SessionTimes;
  readonly first: Greeted;
  readonly #connect: Partial<ConnectOptions>;
  /** What the first connection took: a far host gets more than `attemptMs` for coming back. */
  readonly #firstMs: number;
  #wire: Wire;
  #want: Want | undefined;

  /** Opens the first connection. */
  static async open(greeting: Greeting, times: SessionTimes, options: Partial<ConnectOptions>): Promise<Link> {
    const started = performance.now();
    const first = await greet(greeting, options, times.answerMs);
    return new Link(greeting, times, options, first, first.installed ? 0 : performance.now() - started);
  }

  private constructor(
    greeting: Greeting,
    times: SessionTimes,
    options: Partial<ConnectOptions>,
    first: Greeted,
    firstMs: number,
  ) {
    this.greeting = greeting;
    this.times = times;
    this.first = first;
    this.#connect = options;
    this.#firstMs = firstMs;
    this.#wire = first.wire;
  }

  /** As the host names the operation of this token. */
  get operationName(): string {
    return createHash('sha256').update(this.greeting.hello.token).digest('hex').slice(0, 16);
  }

  get label(): string {
    return this.first.wire.connection.label;
  }

  /** The wire of this moment, dead or alive. */
  get wire(): Wire {
    return this.#wire;
  }

  /** A living wire: the one there is, or a new one with the same hello. */
  async live(): Promise<Wire> {
    if (this.#wire.failure !== undefined) {
      this.#wire = (await greet(this.greeting, this.#connect, this.times.answerMs)).wire;
      await this.holdAgain(this.#wire);
    }
    return this.#wire;
  }

  /** What was asked for is held against clean-up on the host, by the session that asked: remembered for the next one. */
  remember(want: Want): void {
    this.#want = want;
  }

  /**
   * Asks for the same again, so that the host holds it for this wire too, as it demands before a deploy. What it lacks by now
   * is not looked at: a deploy verifies everything it needs.
   */
  async holdAgain(wire: Wire): Promise<void> {
    if (this.#want === undefined) return;
    await wire.send(this.#want);
    const answer = await wire.answer({ ms: this.times.answerMs, to: 'want' });
    if (answer.type === 'error') throw answerError(this.label, answer);
    if (answer.type !== 'lacks') throw unexpected(this.label, 'want', answer);
  }

  /**
   * A new wire, by short attempts until one succeeds.
   * @param until `performance.now()` at which to give up.
   * @throws HostError the last attempt's.
   */
  async comeBack(until: number): Promise<Wire> {
    const attemptMs = Math.max(this.times.attemptMs, 3 * this.#firstMs);
    for (;;) {
      try {
        const each = { ...this.#connect, retries: 0, dialMs: attemptMs, handshakeMs: attemptMs };
        this.#wire = (await greet(this.greeting, each, attemptMs)).wire;
        return this.#wire;
      } catch (failure) {
        if (!(failure instanceof HostError) || !failure.fleeting || performance.now() + PAUSE_MS > until) throw failure;
      }
      await sleep(PAUSE_MS);
    }
  }
}

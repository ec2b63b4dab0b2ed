import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Ask, Request } from '../protocol/messages.ts';
import type { ConnectOptions } from '../ssh/connect.ts';
import { HostError } from '../ssh/error.ts';
import { type Greeted, type Greeting, greet } from './hello.ts';
import type { SessionTimes } from './options.ts';
import { askLack, assertReceived, type Lack, type OnSent, type Shipment, type Shipped, sendLack } from './shipment.ts';
import type { Wire } from './wire.ts';

/** Wait between two attempts to come back, so that a host that refuses at once is not hammered. */
const PAUSE_MS = 500;

/** The way to one host: the wire that lives, and how to make the next one. */
export class Link {
  readonly greeting: Greeting;
  readonly times: SessionTimes;
  readonly first: Greeted;
  /** The question of the hello, until somebody asks it: its answer comes without being asked for. */
  #ask: Ask | undefined;
  readonly #connect: Partial<ConnectOptions>;
  /** What the first connection took: a far host gets more than `attemptMs` for coming back. */
  readonly #firstMs: number;
  #wire: Wire;
  #shipment: Shipment | undefined;
  /** The wire over which a pack went that the host has not acknowledged yet. */
  #unanswered: Wire | undefined;

  /** Opens the first connection. */
  static async open(
    greeting: Greeting,
    times: SessionTimes,
    options: Partial<ConnectOptions>,
    after?: Promise<unknown>,
  ): Promise<Link> {
    const started = performance.now();
    const first = await greet(greeting, options, times.answerMs, after);
    return new Link(greeting, times, options, first, first.installed ? 0 : performance.now() - started);
  }

  private constructor(
    greeting: Greeting,
    times: SessionTimes,
    options: Partial<ConnectOptions>,
    first: Greeted,
    firstMs: number,
  ) {
    const { ask, ...hello } = greeting.hello;
    this.#ask = ask;
    // Asked of the first wire alone.
    this.greeting = { ...greeting, hello };
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

  /** Sends a question, unless the hello did. */
  async ask(wire: Wire, question: Request): Promise<void> {
    const isAsked = wire === this.first.wire && isDeepStrictEqual(this.#ask, question);
    this.#ask = undefined;
    if (!isAsked) await wire.send(question);
  }

  /** A living wire: the one there is, or a new one with the same hello. */
  async live(): Promise<Wire> {
    if (this.#wire.failure !== undefined) {
      this.#wire = (await greet(this.greeting, this.#connect, this.times.answerMs)).wire;
      await this.shipAgain(this.#wire);
    }
    return this.#wire;
  }

  /**
   * Sends what the host lacks of a shipment, which it then holds against clean-up for this wire. Whether it took the pack shows in
   * `received`: the next request need not wait for that.
   * @param onLack may refuse what would be sent, by throwing.
   */
  async ship(
    wire: Wire,
    shipment: Shipment,
    onLack: (lack: Lack) => void,
    onSent?: OnSent,
  ): Promise<Shipped | undefined> {
    this.#shipment = shipment;
    const lack = await askLack(wire, shipment, this.times);
    onLack(lack);
    const shipped = await sendLack(wire, shipment, lack, this.first.welcome.facts.tools, this.times, onSent);
    if (shipped !== undefined) this.#unanswered = wire;
    return shipped;
  }

  /** The same for another wire: what arrived over the one before is not sent again. */
  async shipAgain(wire: Wire): Promise<void> {
    if (this.#shipment !== undefined) await this.ship(wire, this.#shipment, () => {});
  }

  /** Takes the host's word for the pack that went over this wire. @throws HostError where the host refused it */
  async received(wire: Wire): Promise<void> {
    if (this.#unanswered !== wire) return;
    this.#unanswered = undefined;
    await assertReceived(wire, this.times);
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

import type { Begin, Cancel, Confirm, Event, Go, Outcome } from '../protocol/messages.ts';
import { HostError } from '../ssh/error.ts';
import { answerError, unexpected } from './faults.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Link } from './link.ts';
import type { OperationHandlers } from './options.ts';
import type { Wire } from './wire.ts';

/** So many connections in a row that brought no event are no cut line: the host's side fails. */
const IDLE_ROUNDS = 10;

/**
 * One operation followed to its end, over as many connections as it takes. The transaction itself runs detached on the
 * host: a lost connection only means to come back with the same token and to ask for the events after the last one.
 */
export class Operation {
  readonly #link: Link;
  /** Undefined: follows what this token started earlier. */
  readonly #request: Begin | undefined;
  readonly #handlers: OperationHandlers;
  /** Go, confirm and cancel as said so far; said again on every new connection, as nobody knows whether they arrived. */
  readonly #said: (Go | Confirm | Cancel)[] = [];
  #following: Wire | undefined;
  #lastSeq = 0;
  #lastSign = performance.now();
  #outcome: Outcome | undefined;
  #handlerFailure: { cause: unknown } | undefined;

  constructor(link: Link, request: Begin | undefined, handlers: OperationHandlers) {
    this.#link = link;
    this.#request = request;
    this.#handlers = handlers;
  }

  /**
   * Runs to the end as the host recorded it.
   * @throws HostError when the host refuses, or cannot be reached any more: then it ends the operation by itself.
   */
  async run(): Promise<Outcome> {
    let wire = await this.#link.live();
    let sent = false;
    let idle = 0;
    for (;;) {
      const before = this.#lastSeq;
      try {
        if (sent || this.#request === undefined) await this.#resume(wire);
        else {
          sent = true;
          await wire.send(this.#request);
          await this.#link.received(wire);
        }
        const outcome = await this.#follow(wire);
        if (this.#handlerFailure !== undefined) throw this.#handlerFailure.cause;
        return outcome;
      } catch (failure) {
        if (!(failure instanceof HostError) || wire.failure === undefined || !failure.fleeting) throw failure;
        idle = this.#lastSeq === before ? idle + 1 : 0;
        if (idle >= IDLE_ROUNDS) throw failure.retold({ state: this.#stateWithoutUs(), next: this.#howToAsk() });
        wire = await this.#comeBack(failure);
      }
    }
  }

  /** Says go, confirm or cancel now, and again after each reconnection. */
  tell(message: Go | Confirm | Cancel): void {
    this.#said.push(message);
    this.#following?.send(message).catch(() => {});
  }

  /** Takes up the operation on a new wire. */
  async #resume(wire: Wire): Promise<void> {
    if (this.#lastSeq === 0 && this.#request !== undefined) {
      // The request itself may be what was lost: only the host knows.
      await wire.send({ type: 'outcome' });
      const answer = await wire.answer({ ms: this.#link.times.attemptMs, to: 'outcome' });
      if (answer.type === 'error') throw answerError(this.#link.label, answer);
      if (answer.type !== 'outcome') throw unexpected(this.#link.label, 'outcome', answer);
      if (answer.state === 'unknown') {
        await this.#link.shipAgain(wire);
        await wire.send(this.#request);
        return this.#link.received(wire);
      }
    }
    await wire.send({ type: 'attach', after: this.#lastSeq });
  }

  async #follow(wire: Wire): Promise<Outcome> {
    const { label, times } = this.#link;
    this.#following = wire;
    for (const message of this.#said) await wire.send(message);
    const heartbeat = new Heartbeat(wire, times.heartbeatMs);
    try {
      while (this.#outcome === undefined) {
        const answer = await wire.answer();
        if (answer.type === 'error') throw answerError(label, answer);
        if (answer.type === 'ack') heartbeat.acknowledge(answer.n);
        else if (answer.type === 'event') this.#take(answer);
        else throw unexpected(label, 'a running operation', answer);
        this.#lastSign = performance.now();
      }
      return this.#outcome;
    } finally {
      heartbeat.stop();
      this.#following = undefined;
    }
  }

  #take(event: Event): void {
    if (event.seq <= this.#lastSeq) return;
    if (event.seq !== this.#lastSeq + 1) {
      throw new HostError({
        kind: 'protocol',
        what: `event ${event.seq} came after event ${this.#lastSeq}.`,
        where: this.#link.label,
        state: this.#stateWithoutUs(),
        next: this.#howToAsk(),
      });
    }
    this.#lastSeq = event.seq;
    if (event.kind === 'outcome') this.#outcome = event.outcome;
    const failed = (cause: unknown) => {
      this.#handlerFailure ??= { cause };
      this.tell({ type: 'cancel', reason: 'the runner failed while it followed the operation' });
    };
    try {
      this.#handlers.onEvent(event)?.catch(failed);
    } catch (cause) {
      failed(cause);
    }
  }

  async #comeBack(failure: HostError): Promise<Wire> {
    const { times, label } = this.#link;
    const notice = this.#handlers.onNotice ?? (() => {});
    const cutAt = performance.now();
    notice(`${label}: ${failure.what} Connecting again; the host goes on by itself meanwhile.`);
    try {
      const wire = await this.#link.comeBack(this.#lastSign + (times.giveUpMs ?? 3 * times.leaseMs));
      notice(`${label}: connected again after ${((performance.now() - cutAt) / 1000).toFixed(1)} s.`);
      return wire;
    } catch (last) {
      if (!(last instanceof HostError)) throw last;
      const silent = ((performance.now() - this.#lastSign) / 1000).toFixed(0);
      throw last.retold({
        what: `the connection was lost while the operation ran, and the host could not be asked again for ${silent} s. Last attempt: ${last.what}`,
        state: this.#stateWithoutUs(),
        next: `${this.#howToAsk()}\nFor the connection: ${last.next}`,
      });
    }
  }

  #stateWithoutUs(): string {
    const lease = this.#link.times.leaseMs / 1000;
    return this.#said.some((message) => message.type === 'confirm')
      ? 'The confirm was sent, but not acknowledged: if it arrived, the new release stays; if not, the host falls back by itself to the release that served before.'
      : `The release was not confirmed: the host stops or falls back by itself to the release that served before, ${lease} s after it last heard from this run.`;
  }

  #howToAsk(): string {
    const { operationName, greeting } = this.#link;
    return (
      `Ask the host what became of it: \`graceful outcome ${operationName}\` here (in a job \`command: outcome\`, \`args: ${operationName}\`), or` +
      ` \`${greeting.hello.root}/bin/graceful status\` on the host.`
    );
  }
}

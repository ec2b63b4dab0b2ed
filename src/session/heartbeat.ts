import { HostError } from '../ssh/error.ts';
import type { Wire } from './wire.ts';

/** Unanswered heartbeats after which a connection counts as cut. */
const MISSED = 2;

/** Heartbeats on one wire: the first at once, each renews the lease. Ends the wire when two are not acknowledged. */
export class Heartbeat {
  readonly #wire: Wire;
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #acknowledged = 0;

  constructor(wire: Wire, everyMs: number) {
    this.#wire = wire;
    this.#timer = setInterval(() => this.#beat(everyMs), everyMs);
    this.#beat(everyMs);
  }

  acknowledge(n: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, n);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(everyMs: number): void {
    if (this.#sent - this.#acknowledged >= MISSED) {
      this.stop();
      this.#wire.fail(
        new HostError({
          kind: 'lost',
          what: `no sign of life for ${(MISSED * everyMs) / 1000} s.`,
          where: this.#wire.connection.label,
          state: 'What was running there is known to the host only.',
          next: '`graceful status` shows what the host serves.',
          fleeting: true,
        }),
      );
      return;
    }
    this.#sent += 1;
    // A failed send ends the wire, which whoever waits for its answers is told.
    this.#wire.send({ type: 'heartbeat', n: this.#sent }).catch(() => {});
  }
}

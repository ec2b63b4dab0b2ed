import {
  type Answer,
  type AppliedAnswer,
  type AskLogs,
  type AskPackages,
  type Begin,
  type Cancel,
  type Confirm,
  type Deploy,
  type Go,
  type HistoryAnswer,
  type Hold,
  type LiveAnswer,
  type Outcome,
  type OutcomeAnswer,
  PROTOCOL,
  type Preflight,
  type Preflighted,
  type ReleasesAnswer,
  type Request,
  type Rollback,
  type StatusAnswer,
  type VerifiedAnswer,
  type Welcome,
} from '../protocol/messages.ts';
import { HostError } from '../ssh/error.ts';
import { findDamage } from './damage.ts';
import { answerError, unexpected } from './faults.ts';
import { fetchPack } from './fetch.ts';
import { Link } from './link.ts';
import { Operation } from './operation.ts';
import { type HelloOptions, type OperationHandlers, SESSION_TIMES, type SessionOptions } from './options.ts';
import { execCommand, programFiles, readProgram } from './program.ts';
import { type ShipHandlers, ship } from './ship.ts';
import { askLack, type Lack, type Shipment, type Shipped } from './shipment.ts';
import type { Way } from './way.ts';

/** What apt may take on the host, besides waiting for another one. */
const APT_MS = 960_000;

/**
 * Connects to the host, installs the host program where it is missing, and greets it.
 * @throws HostError
 */
export async function openSession(way: Way, hello: HelloOptions, options: SessionOptions = {}): Promise<Session> {
  return new Session(await openLink(way, hello, options));
}

/** The same without a session's manners: whoever has it may say what it likes. */
export async function openLink(way: Way, hello: HelloOptions, options: SessionOptions = {}): Promise<Link> {
  const files = options.files ?? programFiles();
  const program = readProgram(files.program);
  const greeting = {
    way,
    hello: {
      type: 'hello' as const,
      protocol: PROTOCOL,
      program: program.sha256,
      programBytes: program.content.length,
      ...hello,
    },
    program,
    command: execCommand(files.bootstrap),
  };
  return Link.open(greeting, { ...SESSION_TIMES, ...options.times }, options.connect ?? {}, options.after);
}

/** A typed conversation with one host. What is asked comes back checked; whatever goes wrong is a HostError. */
export class Session {
  /** What the host said to the first hello. */
  readonly welcome: Welcome;
  /** True when this session installed the host program. */
  readonly installed: boolean;
  /** `deploy@www.example.org:22`, for messages. */
  readonly label: string;
  /** Resolves when the host has begun with this session's operation: nothing is sent to it a second time from then on. */
  readonly begun: Promise<void>;
  readonly #begin: () => void;
  readonly #link: Link;
  #operation: Operation | undefined;

  constructor(link: Link) {
    this.#link = link;
    this.welcome = link.first.welcome;
    this.installed = link.first.installed;
    this.label = link.label;
    ({ promise: this.begun, resolve: this.#begin } = Promise.withResolvers<void>());
  }

  preflight(request: Omit<Preflight, 'type'>): Promise<Preflighted> {
    return this.#ask({ type: 'preflight', ...request }, 'preflighted', this.#link.times.preflightMs);
  }

  /** Which of these packages the host lacks; with `install`, after apt has installed what it can. */
  async missingPackages(request: Omit<AskPackages, 'type'>): Promise<string[]> {
    const { waitMs, install } = request;
    const patience = install ? waitMs + APT_MS : this.#link.times.preflightMs;
    return (await this.#ask({ type: 'packages', ...request }, 'packages', patience)).missing;
  }

  /** Which migrations the live release's database has. */
  applied(): Promise<AppliedAnswer> {
    return this.#ask({ type: 'applied' }, 'applied', this.#link.times.preflightMs);
  }

  /** What would be sent of a release; nothing is, but for the differences of manifests. */
  async lack(shipment: Shipment): Promise<Lack> {
    this.#idle();
    return askLack(await this.#link.live(), shipment, this.#link.times);
  }

  /** Sends what the host lacks of a release; see `ship`. */
  ship(shipment: Shipment, handlers: ShipHandlers = {}): Promise<Shipped | undefined> {
    this.#idle();
    return ship(this.#link, shipment, handlers);
  }

  deploy(request: Omit<Deploy, 'type'>, handlers: OperationHandlers): Promise<Outcome> {
    return this.run({ type: 'deploy', ...request }, handlers);
  }

  rollback(request: Omit<Rollback, 'type'>, handlers: OperationHandlers): Promise<Outcome> {
    return this.run({ type: 'rollback', ...request }, handlers);
  }

  /**
   * Runs an operation to its end as the host recorded it: with heartbeats, and over a new connection when one is cut.
   * @throws HostError when the host refuses, or cannot be reached until long after the lease: it then ends the operation by itself.
   */
  run(request: Begin, handlers: OperationHandlers): Promise<Outcome> {
    const onEvent: OperationHandlers['onEvent'] = (event) => {
      this.#begin();
      return handlers.onEvent(event);
    };
    return this.#follow(new Operation(this.#link, request, { ...handlers, onEvent }));
  }

  /** Follows the operation that this token started in another session, from its first event. */
  attach(handlers: OperationHandlers): Promise<Outcome> {
    return this.#follow(new Operation(this.#link, undefined, handlers));
  }

  /** What is live, bit by bit. */
  live(): Promise<LiveAnswer> {
    return this.#ask({ type: 'live' }, 'live', this.#link.times.answerMs);
  }

  /** Takes trees from the host's store, digests by kind, as one pack. */
  async *fetch(trees: Record<string, string>): AsyncGenerator<Buffer> {
    this.#idle();
    yield* fetchPack(await this.#link.live(), { type: 'fetch', trees }, this.#link.times.stallMs);
  }

  status(): Promise<StatusAnswer> {
    return this.#ask({ type: 'status' }, 'status', this.#link.times.answerMs);
  }

  releases(): Promise<ReleasesAnswer> {
    return this.#ask({ type: 'releases' }, 'releases', this.#link.times.preflightMs);
  }

  history(last: number): Promise<HistoryAnswer> {
    return this.#ask({ type: 'history', last }, 'history', this.#link.times.answerMs);
  }

  /** Looks for damage on the host. */
  async verify(): Promise<VerifiedAnswer> {
    this.#idle();
    return findDamage(await this.#link.live(), this.#link.times.stallMs);
  }

  /** A process's log, as it comes; resolves when the host has told all, or was told to stop. */
  async logs(request: AskLogs, onLines: (lines: readonly string[]) => void, signal: AbortSignal): Promise<void> {
    this.#idle();
    const wire = await this.#link.live();
    await wire.send(request);
    const stopped = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)));
    for (;;) {
      const answer = await Promise.race([wire.answer(), stopped]);
      if (answer === null) return;
      if (answer.type === 'error') throw answerError(this.label, answer);
      if (answer.type !== 'lines') throw unexpected(this.label, request.type, answer);
      onLines(answer.lines);
      if (!answer.more) return;
    }
  }

  /** The name of this session's operation: by it others may ask for its outcome, and do nothing else. */
  get operationName(): string {
    return this.#link.operationName;
  }

  /** What became of an operation of another session, by its name; null: of the last one. */
  outcomeOf(operation: string | null): Promise<OutcomeAnswer> {
    return this.#ask({ type: 'outcome', operation }, 'outcome', this.#link.times.answerMs);
  }

  /** What became of this session's token? */
  outcome(): Promise<OutcomeAnswer> {
    return this.#ask({ type: 'outcome' }, 'outcome', this.#link.times.answerMs);
  }

  /** Of a fleet: the other hosts are as far. `migrations`: what another host has applied in place of this one. */
  go(step: Hold, migrations?: string[]): Promise<void> {
    return this.#tell({ type: 'go', step, ...(migrations === undefined ? {} : { migrations }) });
  }

  /** Says that the switch is good; over whichever connection lives, and again after a cut. */
  confirm(): Promise<void> {
    return this.#tell({ type: 'confirm' });
  }

  /** Asks the host to stop, or to fall back if it has switched; ignored after a confirm. `next`: what to do about `reason`. */
  cancel(reason: string, next?: string): Promise<void> {
    return this.#tell({ type: 'cancel', reason, ...(next === undefined ? {} : { next }) });
  }

  /** Ends the session; a running operation goes on by itself on the host. */
  close(): void {
    this.#link.wire.close();
  }

  async #follow(operation: Operation): Promise<Outcome> {
    this.#idle();
    this.#operation = operation;
    try {
      return await operation.run();
    } finally {
      this.#operation = undefined;
    }
  }

  async #tell(message: Go | Confirm | Cancel): Promise<void> {
    if (this.#operation !== undefined) this.#operation.tell(message);
    else await (await this.#link.live()).send(message);
  }

  /** Asks what changes nothing; asked once more over a new connection when the first is lost meanwhile. */
  async #ask<T extends Answer['type']>(
    request: Request,
    type: T,
    deadlineMs: number,
  ): Promise<Extract<Answer, { type: T }>> {
    this.#idle();
    for (let again = true; ; again = false) {
      const wire = await this.#link.live();
      try {
        await this.#link.received(wire);
        await this.#link.ask(wire, request);
        const answer = await wire.answer({ ms: deadlineMs, to: request.type });
        if (isType(answer, type)) return answer;
        throw answer.type === 'error' ? answerError(this.label, answer) : unexpected(this.label, request.type, answer);
      } catch (failure) {
        if (!again || !(failure instanceof HostError) || failure.kind !== 'lost') throw failure;
      }
    }
  }

  #idle(): void {
    if (this.#operation !== undefined) throw new Error('an operation of this session is running');
  }
}

function isType<T extends Answer['type']>(answer: Answer, type: T): answer is Extract<Answer, { type: T }> {
  return answer.type === type;
}

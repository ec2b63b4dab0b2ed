import type { Begin, Event, Hold, Outcome } from '../protocol/messages.ts';
import { showEvent } from '../report/progress.ts';
import { type Heard, heard } from '../report/timeline.ts';
import { HostError } from '../ssh/error.ts';
import type { Member } from './member.ts';
import type { HostEnd } from './whole.ts';

/** How far a host can be, in order: it has the lock, holds before a step, awaits the confirm, has ended. */
const PLACES = ['asked', 'lock', 'migrate', 'start', 'switch', 'confirm', 'confirming', 'ended'] as const;
export type Place = (typeof PLACES)[number];
const GOOD = ['live', 'done', 'unchanged'];

type PublicCheck = Extract<Event, { kind: 'verify-public' }>;

/** A host, and what it is asked to do. */
export interface Asked {
  member: Member;
  request: Begin;
}

/** One host's part in what all do together: what it has said so far, and what it is told. */
export class Voice {
  readonly member: Member;
  readonly request: Begin;
  readonly events: Heard[] = [];
  /** What the first host has applied to the database. */
  migrations: string[] = [];
  /** What the runner is to look at, once the host's own check is good. */
  toCheck: PublicCheck | undefined;
  /** Why it is out of it; undefined as long as all is well. */
  trouble: string | undefined;
  /** Its last word; undefined as long as there is none. */
  outcome: Outcome | undefined;
  /** What was thrown in place of that. */
  error: unknown;
  #place: Place | undefined;
  readonly #news: (event?: Event) => void;

  /** @param news called whenever there is something new, with the event that it is */
  constructor({ member, request }: Asked, news: (event?: Event) => void) {
    this.member = member;
    this.request = request;
    this.#news = news;
  }

  /** True where it is as far, or further. */
  isAt(place: Place): boolean {
    return this.#place !== undefined && PLACES.indexOf(this.#place) >= PLACES.indexOf(place);
  }

  get asked(): boolean {
    return this.#place !== undefined;
  }

  /** Runs its operation to the end; never rejects. */
  async run(): Promise<void> {
    const { session, log } = this.member;
    this.#reach('asked');
    try {
      this.outcome = await session.run(this.request, {
        onEvent: (event) => this.#hear(event),
        onNotice: (message) => log.notice(message),
      });
      if (!GOOD.includes(this.outcome.result)) this.trouble = this.outcome.failure?.what ?? this.outcome.message;
    } catch (error) {
      this.error = error;
      this.trouble = error instanceof HostError ? error.what : String(error);
    }
    this.#reach('ended');
    this.#news();
  }

  go(step: Hold, migrations?: string[]): void {
    this.#tell((session) => session.go(step, migrations));
  }

  confirm(): void {
    this.#tell((session) => session.confirm());
  }

  /** `next`: what to do about `reason`. */
  cancel(reason: string, next?: string): void {
    this.#tell((session) => session.cancel(reason, next));
  }

  /** How it ended. @throws what was thrown, where that was no matter of the host */
  end(): HostEnd {
    const { events } = this;
    const host = this.member.name;
    if (this.outcome !== undefined) {
      const { result, message } = this.outcome;
      return { host, result, outcome: this.outcome, message, events };
    }
    const untouched = 'It was asked for nothing and is as it was.';
    if (!this.asked) return { host, result: 'untouched', outcome: null, message: untouched, events };
    const error = this.error;
    if (!(error instanceof HostError)) throw error;
    // What it refuses, it has not begun.
    const isRefused = events.length === 0 && !error.fleeting;
    return { host, result: isRefused ? 'untouched' : 'unknown', outcome: null, message: error.message, events };
  }

  /** Nobody is told anything who is not at it. What a lost host was told it is told again when it is back. */
  #tell(say: (session: Member['session']) => Promise<void>): void {
    if (this.asked && !this.isAt('ended')) say(this.member.session).catch(() => {});
  }

  #hear(event: Event): void {
    this.events.push(heard(event));
    // The public URL is one for all hosts.
    if (event.kind !== 'verify-public') showEvent(this.member.log, event);
    if (event.kind === 'migrated') this.migrations = event.migrations;
    if (event.kind === 'verify-public') this.toCheck = event;
    if (event.kind === 'holding') this.#reach(event.step);
    if (event.kind === 'step') this.#reach(event.step === 'confirm' ? 'confirming' : 'lock');
    this.#news(event);
  }

  #reach(place: Place): void {
    if (!this.isAt(place)) this.#place = place;
  }
}

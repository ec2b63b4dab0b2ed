/** What is said while an operation runs, and how it ends. */
import type { HealthSpec, Strategy } from './release.ts';

/**
 * What an operation may end as; the same words in outputs, exit codes and messages. `done`: what was asked for is done, and it
 * was not about which release serves.
 */
export type Result = 'live' | 'unchanged' | 'done' | 'fell-back' | 'failed' | 'superseded' | 'split' | 'not-reverted';

/** Follow a running (or ended) operation of this session's token, from the event after `after`. */
export interface Attach {
  type: 'attach';
  after: number;
}

/** What became of this session's token? */
export interface AskOutcome {
  type: 'outcome';
}

/** What became of an operation that another session began? */
export interface AskOutcomeOf {
  type: 'outcome';
  /** Its name; null: the last one that somebody asked for. */
  operation: string | null;
}

export interface Heartbeat {
  type: 'heartbeat';
  n: number;
}

export interface Ack {
  type: 'ack';
  n: number;
}

/** The runner's word that the switch is good. */
export interface Confirm {
  type: 'confirm';
}

/** What the hosts of a fleet hold before, in this order: each waits there for the runner's `go`. */
export type Hold = 'migrate' | 'start' | 'switch' | 'confirm';

/** The other hosts are as far: go on. */
export interface Go {
  type: 'go';
  step: Hold;
  /** With `migrate`: another host has migrated, and this is what it applied. */
  migrations?: string[];
}

export interface Cancel {
  type: 'cancel';
  reason: string;
  /** What to do about it; told with the outcome. */
  next?: string;
}

/** Steps of the transaction, named once; `standby` and `drain` are the timer's own. */
export type Step =
  | 'recover'
  | 'lock'
  | 'stage'
  | 'prepare'
  | 'start'
  | 'check'
  | 'switch'
  | 'verify'
  | 'confirm'
  | 'fall-back'
  /** After each of them: the live release's processes are up, and all others end. */
  | 'processes';

export interface Failure {
  step: Step;
  /** One sentence: what happened. */
  what: string;
  /** What the person should do next. */
  next: string;
  /** The health answer, if one came. */
  answer: { status: number; location: string | null; body: string } | null;
  /** Last lines of the backend's (or migrate's) log, the site's own traceback among them. */
  log: string[];
  /** The request names a release, backend or process that is not on the host. */
  unknown?: true | undefined;
}

export interface Outcome {
  result: Result;
  /** What serves now. */
  release: string | null;
  /** What served before this operation. */
  previous: string | null;
  commit: string | null;
  /** Sentence for people: what happened and what state the site is in now. */
  message: string;
  failure: Failure | null;
}

/** What visitors noticed of a switch: requests at a steady rate, counted. */
export interface Downtime {
  requests: number;
  /** Without an answer in time, or answered 5xx. */
  failed: number;
  /** How long the slowest took, answered or not. */
  worstMs: number;
}

export type EventBody =
  | { kind: 'step'; step: Step; status: 'begin' }
  | { kind: 'step'; step: Step; status: 'end'; ms: number; detail: string }
  | { kind: 'step'; step: Step; status: 'failed'; ms: number; detail: string }
  | { kind: 'notice'; message: string }
  | { kind: 'log'; source: string; lines: string[] }
  | { kind: 'waiting'; holder: string }
  /** Of a fleet: it waits before this step until it is told to go. */
  | { kind: 'holding'; step: Hold }
  /** What this host has applied to the database; of a fleet, for the others to note. */
  | { kind: 'migrated'; migrations: string[] }
  /** The host's own verify is good: the runner now checks `url` and confirms, or cancels. */
  | {
      kind: 'verify-public';
      url: string;
      release: string;
      health: HealthSpec;
      static: string | null;
      public: boolean;
      /** Visitors get the maintenance page: 503 is what `url` ought to answer. */
      offline: boolean;
    }
  /** From here on the host asks its own web server for `path` at a steady rate. With `public` the runner asks `url`, until the outcome. */
  | { kind: 'measuring'; url: string; path: string; public: boolean }
  /** What the host saw of it, from before the switch until after the confirm, or the end of the way back. */
  | ({ kind: 'measured'; strategy: Strategy } & Downtime)
  /** Why it saw nothing. */
  | { kind: 'unmeasured'; why: string }
  | { kind: 'outcome'; outcome: Outcome };

/** Events of one operation are numbered from 1 without gaps. `at` is the host's clock, ISO 8601 UTC. */
export type Event = { type: 'event'; seq: number; at: string } & EventBody;

export interface OutcomeAnswer {
  type: 'outcome';
  /** Which one this is about, where another session's was asked for. */
  operation?: string | null | undefined;
  state: 'running' | 'ended' | 'unknown';
  outcome: Outcome | null;
}

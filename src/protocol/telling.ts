/** What else the host tells of a site; nothing is changed by asking. */
import type { AskOutcomeOf } from './operation.ts';

export interface AskReleases {
  type: 'releases';
}

/** Releases on the host, newest first. */
export interface ReleasesAnswer {
  type: 'releases';
  site: string;
  releases: {
    id: string;
    /** `staged`, `good`, `failed` or `rolled-back`. */
    state: string;
    commit: string;
    createdAt: string;
    ageMs: number;
    /** On the disk, what is shared with the store too. */
    bytes: number;
    /** `current`, `previous`, `working`, `previous-working`, `standby`, `draining`. */
    tags: string[];
  }[];
}

export interface AskHistory {
  type: 'history';
  /** So many operations at the most. */
  last: number;
}

/** Operations, the latest first. What is null has not happened yet, or does not apply. */
export interface HistoryAnswer {
  type: 'history';
  site: string;
  operations: {
    op: string;
    kind: string;
    release: string | null;
    commit: string | null;
    origin: {
      actor?: string | undefined;
      runUrl?: string | undefined;
      workflow?: string | undefined;
      runNumber?: number | undefined;
      reason?: string | undefined;
    };
    began: string;
    ended: string | null;
    ms: number | null;
    result: string | null;
    message: string | null;
    /** The journal's records, each with its time after the begin. */
    steps: { step: string; ms: number }[];
  }[];
}

/** Answered by `lines`, the last of them with `more: false`; with `follow` that never comes. */
export interface AskLogs {
  type: 'logs';
  process: string;
  /** How far back; null: the last 200 lines, or with `grep` all that is kept. */
  sinceMs: number | null;
  /** A regular expression as Python's `re` reads it. */
  grep: string | null;
  follow: boolean;
}

export interface LinesAnswer {
  type: 'lines';
  lines: string[];
  more: boolean;
}

/** Looks for damage, in a session of the verb `verify`. Answered by `verified`, the last with `more: false`. */
export interface AskVerify {
  type: 'verify';
}

/** Something on the host that is not as it ought to be. */
export interface Damage {
  /** What it is: `object`, `tree`, `environment`, `code`, `config`, `static`, `asset`, `release`. */
  part: string;
  path: string;
  /** `changed`, `edited`, `missing`, `added`, `unreadable`. */
  kind: string;
  /** In words. */
  found: string;
  expected: string;
  /** Whom it concerns; `root` is that of another site where several share the store. */
  releases: { root: string; release: string; tags: string[] }[];
}

export interface VerifiedAnswer {
  type: 'verified';
  site: string;
  /** Those since the answer before; `count`: all so far. */
  damages: Damage[];
  count: number;
  /** What was read so far: objects of the store, files that were made of them, and bytes of both. */
  objects: number;
  files: number;
  bytes: number;
  ms: number;
  /** What could not be looked at; told at the end, as is what becomes of the damages (`next`). */
  notes: string[];
  next: string[];
  more: boolean;
}

/** Whatever asks a site something and changes nothing of it. */
export type Question = AskReleases | AskHistory | AskLogs | AskOutcomeOf | AskVerify;

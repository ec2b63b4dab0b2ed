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

/** Whatever asks a site something and changes nothing. */
export type Question = AskReleases | AskHistory | AskLogs | AskOutcomeOf;

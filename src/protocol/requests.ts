/** What starts an operation: each is answered by events, the last of which is its outcome. */
import type { ReleaseSpec, Times } from './release.ts';

/** `stage` ends before anything is started; `activate` takes up there. */
export interface Deploy {
  type: 'deploy' | 'stage';
  release: ReleaseSpec;
  env: Record<string, string>;
  /** Names of those variables whose values no event may hold: the ones of the input `env`. */
  secrets: string[];
  force: boolean;
}

interface Going {
  /** The stage's, for the lease and the lock; all else is the target release's own. */
  times: Times;
  /** Over what was confirmed since; for `stop`: the live backend too. */
  force?: boolean;
  /** A deploy that has not reached SWITCH gives way. */
  preempt?: boolean;
  /** To a release that does not know migrations which later ones have applied. */
  databaseAhead?: boolean;
}

/** To the release before, or to the one that is not live, which is started anew (`update`). */
export interface Rollback extends Going {
  type: 'rollback' | 'update';
  /** Null: `previous`, or what stands by there. Several hosts are all told the same one. */
  release: string | null;
}

/** Puts a release live that is on the host: a staged one, or any other. */
export interface Activate extends Going {
  type: 'activate';
  release: string;
}

/** Looks after the live release, as the timer does. */
export interface Plain extends Going {
  type: 'keepalive';
}

/** Starts and stops backends. Without names, `all` or `inactive`: the live one. */
export interface ByHand extends Going {
  type: 'start' | 'stop' | 'restart';
  /** Releases, backends `<release>.<n>`, or `web` for what is live. */
  names: string[];
  all: boolean;
  inactive: boolean;
}

/** Removes one release that is neither linked nor running. */
export interface Delete {
  type: 'delete';
  release: string;
  times: Times;
}

/** Removes releases that are too many. */
export interface Clean {
  type: 'clean';
  /** So many good ones stay; null: as the live release was configured. */
  keep: number | null;
  times: Times;
}

/** Finishes or undoes what was cut off. */
export interface Recover {
  type: 'recover';
  times: Times;
}

/** Visitors get the maintenance page, with the reason of the origin. */
export interface GoOffline {
  type: 'offline';
  /** When they may come back, in words; empty where nobody knows. */
  until: string;
  times: Times;
}

export interface GoOnline {
  type: 'online';
  times: Times;
}

/** Runs a management command without input; its output comes as `log` events. */
export interface Manage {
  type: 'manage';
  /** Null: the live one. */
  release: string | null;
  argv: string[];
  times: Times;
}

/** Whatever starts an operation. */
export type Begin =
  | Deploy
  | Rollback
  | Activate
  | Plain
  | ByHand
  | Delete
  | Clean
  | Recover
  | GoOffline
  | GoOnline
  | Manage;

/** What starts an operation: each is answered by events, the last of which is its outcome. */
import type { ReleaseSpec, Times } from './release.ts';

export interface Deploy {
  type: 'deploy';
  release: ReleaseSpec;
  env: Record<string, string>;
  /** Names of those variables whose values no event may hold: the ones of the input `env`. */
  secrets: string[];
  force: boolean;
}

export interface Rollback {
  type: 'rollback';
  /** Null: `previous`. */
  release: string | null;
  /** The stage's, for the lease and the lock; all else is the target release's own. */
  times: Times;
}

/** Whatever starts an operation. */
export type Begin = Deploy | Rollback;

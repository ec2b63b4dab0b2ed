/** What the host tells of a site; nothing is changed by asking. */
import type { SiteLinks } from './greeting.ts';

export interface Status {
  type: 'status';
}

export interface BackendStatus {
  backend: string;
  /** `web`, or another one of the site's. */
  process: string;
  release: string;
  role: 'active' | 'standby' | 'draining' | 'starting' | 'stopped';
  /** ISO time since which it has this role, where the journal tells. */
  since: string | null;
  up: boolean;
  pid: number | null;
  /** Resident pages of all its processes. */
  memoryBytes: number | null;
  listening: boolean;
  /** ISO time until which a standby is kept, or one that was told to end may take for that, or null. */
  until: string | null;
  /** How it answered when it was asked last, null where nobody has asked. */
  health: { at: string; good: boolean; told: string } | null;
}

/** Visitors get the maintenance page; what the journal does not tell is null. */
export interface Offline {
  since: string | null;
  actor: string | null;
  reason: string | null;
  until: string | null;
}

export interface ReleaseStatus {
  id: string;
  commit: string;
  /** `staged`, `good`, `failed` or `rolled-back`. */
  state: string;
  createdAt: string;
  links: string[];
}

export interface StatusAnswer {
  type: 'status';
  site: string;
  host: string;
  root: string;
  /** `single-user`: all is the deploy user's; deploy, site and web server are not kept apart. */
  mode: 'separate-users' | 'single-user';
  links: SiteLinks;
  backends: BackendStatus[];
  releases: ReleaseStatus[];
  offline: Offline | null;
  /** ISO time since which what is live is stopped by hand, or null. */
  stopped: string | null;
  /** What it lacks though nothing of it is down, in words: processes beside web that do not run, files that cannot be written. */
  missing: string[];
  unfinished: string | null;
  /** Who holds the lock now, in words, or null. */
  holder: string | null;
}

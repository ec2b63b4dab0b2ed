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
  up: boolean;
  pid: number | null;
  /** ISO time until which a standby is kept, or one that was told to end may take for that, or null. */
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
  unfinished: string | null;
  /** Who holds the lock now, in words, or null. */
  holder: string | null;
}

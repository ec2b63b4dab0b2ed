/** A release as the runner made it, and by what it is judged. */
import type { Origin } from './greeting.ts';

/** What outlives releases: paths below `<root>/shared`. `public` are those of `dirs` that the web server shows to everyone. */
export interface SharedSpec {
  dirs: string[];
  files: string[];
  public: string[];
}

/** How a release is judged. A health answer is good when its status is listed (any 2xx when null) and the body contains `body`. */
export interface HealthSpec {
  path: string;
  status: number[] | null;
  body: string | null;
  timeoutMs: number;
  /** Consecutive good answers that count as "answered". */
  successes: number;
}

/** `overlap`: the new backend runs beside the old one before the switch. `restart`: the host cannot run two, so there is a gap. */
export type Strategy = 'overlap' | 'restart';

/** What the host does about a live release that does not come up again: goes on trying, or switches to another one that does. */
export type Keepalive = 'restart' | 'switch';

export interface VerifySpec {
  public: boolean;
  /** Base URL at which the host reaches its own web server; null: the url's scheme and port on 127.0.0.1. */
  local: string | null;
}

/** All durations of one stage. */
export interface Times {
  heartbeatMs: number;
  leaseMs: number;
  confirmMs: number;
  standbyMs: number;
  drainMs: number;
  /** The application server's own graceful time-out; must be shorter than the process manager's time-out (TimeoutStopSec of a unit). */
  graceMs: number;
  lockMs: number;
  keepStaticMs: number;
}

/** How many releases stay on the host: good ones (and staged ones as many), and those that failed or were rolled back. */
export interface KeepSpec {
  releases: number;
  failed: number;
}

/**
 * How a process of a release is started. In argv, `{python}`, `{socket}`, `{run}` (its own folder while it runs) and
 * `{backend}` (`<id>.<n>`) are filled in by its start command.
 */
export interface ProcessSpec {
  argv: string[];
  /** Longest that it may take to end; not for `web`, which has `times.graceMs`. */
  stopMs?: number;
  /** There are never two of it. */
  singleton?: boolean;
}

/** Where the static files of a release belong. */
export interface StaticSpec {
  /** STATIC_ROOT relative to the code's top folder; its path there becomes a link to `static/`. */
  root: string;
  /** STATIC_URL's path, e.g. `/static/`; null when another server serves it. */
  url: string | null;
  /** Files that stay served after the release, beside those that `staticfiles.json` names. */
  hashed?: string[];
}

/** Of the configuration repository: its commit, and where its tree appears in the code (as a link). */
export interface ConfigSpec {
  commit: string;
  ref: string;
  folder: string;
}

/** What was built, and what it fits: all that a deploy of the same bits elsewhere has to know. */
export interface BuildSpec {
  format: 1;
  commit: string;
  ref: string;
  /** Digest of the commit's own files, before anything was made of them. */
  source: string;
  /** Digests of the manifests. `static` is null for a site without static files, `config` for one without a repository for that. */
  trees: { code: string; static: string | null; config: string | null };
  config: ConfigSpec | null;
  /** STATIC_ROOT relative to the code's top folder, STATIC_URL as the settings have it, and `hashed` as in a release. */
  static: { root: string; url: string | null; hashed: string[] } | null;
  env: {
    hash: string;
    /** Of its manifest; in `release.json`, of that which the host has by this name. */
    digest: string;
    inputs: string;
    /** The resolved list, kept beside the environment. */
    requirements: string;
    packages: { name: string; version: string }[];
    /** Platforms of each package. */
    wheels: { name: string; version: string; tags: string[] }[];
    /** C library that was there when it was built. */
    builtOn: { name: 'glibc' | 'musl'; version: string };
  };
  /** What it runs on; `libcVersion`: of the host that it was built for, empty for musl. */
  target: { minor: string; abi: string; machine: string; libc: 'glibc' | 'musl'; libcVersion: string };
}

/** One release as the runner made it: `release.json`, without any secret, once the host has seen to `build.env.digest`. */
export interface ReleaseSpec {
  id: string;
  site: string;
  commit: string;
  ref: string;
  /** Web address of the commit, or null outside GitHub. */
  commitUrl: string | null;
  origin: Origin;
  createdAt: string;
  deployKey: string;
  /** Releases from before there were artifacts have none. */
  build?: BuildSpec;
  /** Digests of the manifests. `static` is null for a site without static files. */
  trees: { code: string; static: string | null; config?: string | null };
  config?: ConfigSpec | null;
  env: { hash: string; inputs: string; python: string; packages: { name: string; version: string }[] };
  /** Working folder of every process, relative to the code's top folder (`.` for the top itself). */
  project: string;
  processes: Record<string, ProcessSpec>;
  /** Start of a management command, e.g. `['{python}', 'manage.py']`. */
  manage: string[];
  shared: SharedSpec;
  static: StaticSpec | null;
  migrate: boolean;
  strategy: Strategy;
  keepalive: Keepalive;
  url: string;
  health: HealthSpec;
  verify: VerifySpec;
  times: Times;
  keep: KeepSpec;
}

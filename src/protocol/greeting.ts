/** How a session begins, and what either side may be told at any time. */
import type { AskLive } from './shipping.ts';
import type { Status } from './status.ts';
import type { AskHistory, AskReleases } from './telling.ts';

/** Version of this protocol; both sides refuse another one and say what to upgrade. */
export const PROTOCOL = 1;

/** Process managers that run a site's processes. */
export type ManagerName = 'systemd' | 'systemd-user' | 'supervisord';

/** One fault found before anything was touched, with its mend. */
export interface Fault {
  /** What is wrong, naming the path, value or program. */
  what: string;
  /** What to do about it; often a command to copy. */
  mend: string;
}

/** Who asks, for the journal and for whoever waits for the lock. Empty fields are left out. */
export interface Origin {
  actor?: string;
  runUrl?: string;
  /** The workflow's name and run number: an older run never overtakes a newer one. */
  workflow?: string;
  runNumber?: number;
  reason?: string;
}

/** What a session is for: a key may be limited to some of them. */
export type Verb =
  | 'deploy'
  | 'plan'
  | 'stage'
  | 'rollback'
  | 'activate'
  | 'update'
  | 'restart'
  | 'start'
  | 'stop'
  | 'keepalive'
  | 'status'
  | 'fetch'
  | 'releases'
  | 'history'
  | 'logs'
  | 'outcome'
  | 'delete'
  | 'clean'
  | 'recover'
  | 'verify'
  | 'offline'
  | 'online'
  | 'manage';

/** A question that changes nothing, with one answer. */
export type Ask = Status | AskLive | AskReleases | AskHistory;

/** First line of every session. The bootstrap reads it, so a host that has the program costs no round trip more. */
export interface Hello {
  type: 'hello';
  protocol: number;
  /** SHA-256 of the zipapp the runner carries, and its size: installed under `<root>/bin` when missing. */
  program: string;
  programBytes: number;
  /** Version of the runner program, for error texts. */
  version: string;
  site: string;
  root: string;
  /** The process manager that `graceful.yml` names; the host refuses when it is set up for another. */
  manager: ManagerName;
  verb: Verb;
  /** 128 random bits in hex that name this operation: whoever has it may attach, confirm and cancel. Never in argv or logs. */
  token: string;
  origin: Origin;
  /** Nothing on the host is changed by this session: a program that is missing there runs without being installed. */
  dry?: true;
  /** A `current` that is not ours gives way to the first deploy. */
  adopt?: boolean;
  /** One host of several: what it is asked to do it does together with them, and holds until it is told to go. */
  fleet?: true;
  /** Answered right after the welcome: a session that only asks this needs one round trip. */
  ask?: Ask;
}

/** Bootstrap's answer when `program` is not installed: the runner now sends exactly `programBytes` raw bytes. */
export interface SendProgram {
  type: 'send-program';
}

export interface HostPython {
  /** `3.11` */
  minor: string;
  /** `3.11.2` */
  version: string;
  /** SOABI, e.g. `cpython-311-x86_64-linux-gnu`: what compiled wheels must fit. */
  abi: string;
  executable: string;
}

/** What the runner must know of a host before it builds. */
export interface HostFacts {
  hostname: string;
  /** `/etc/os-release` ID, VERSION_ID and VERSION_CODENAME, e.g. `debian`, `12`, `bookworm`; empty where it has none. */
  os: { id: string; version: string; codename: string };
  /** `x86_64`, `aarch64` ... */
  machine: string;
  libc: { name: 'glibc' | 'musl'; version: string };
  pythons: HostPython[];
  disk: { freeBytes: number; freeInodes: number };
  /** Programs found that the runner may rely on, e.g. `zstd`. */
  tools: string[];
}

export interface SiteLinks {
  current: string | null;
  previous: string | null;
  working: string | null;
  previousWorking: string | null;
}

export interface Welcome {
  type: 'welcome';
  protocol: number;
  /** Version of the host program that answers. */
  version: string;
  facts: HostFacts;
  links: SiteLinks;
  /** Commit of the live release, or null. */
  liveCommit: string | null;
  /** The deploy's ticket (see invariant 7), null for verbs that change nothing. */
  ticket: number | null;
  /** An operation that did not end and will be recovered by the next command that changes something. */
  unfinished: string | null;
  /** What stands in the way of any deploy on this host, found at once (folders, owners, helper, foreign `current` ...). */
  faults: Fault[];
  /** The answer to `fleet`: this program knows how to hold. An older one does not say so. */
  fleet?: true | undefined;
}

/** A refusal or a failure of a request. The site is as it was unless `state` says otherwise. */
export interface ErrorAnswer {
  type: 'error';
  /** `unknown`: the request names what is not on the host. */
  code: 'protocol' | 'refused' | 'bad-request' | 'unknown' | 'host' | 'busy' | 'internal';
  message: string;
  state: string;
  next: string;
}

/**
 * The words that the runner program and the host program say to each other (protocol version 1).
 *
 * One SSH exec channel carries UTF-8 JSON Lines both ways; after a `pack` message the runner sends binary chunks
 * (each announced by a `chunk` line). The mirror on the host is `host/graceful/serve/`.
 *
 * A session: `hello` -> (`send-program` -> the zipapp's raw bytes) -> `welcome`, then requests. `deploy`, `rollback`
 * and `attach` end in a stream of `event` messages whose last is the `outcome`; meanwhile the runner sends
 * `heartbeat` (answered by `ack`), `confirm` or `cancel`. Any request may be answered by `error` instead.
 * All times are milliseconds, all sizes bytes, all digests lower-case hex SHA-256.
 */

/** Version of this protocol; both sides refuse another one and say what to upgrade. */
export const PROTOCOL = 1;

/** What an operation may end as; the same words in outputs, exit codes and messages. */
export type Result = 'live' | 'unchanged' | 'fell-back' | 'failed' | 'superseded' | 'split' | 'not-reverted';

/** Process managers that run a site's processes. */
export type ManagerName = 'systemd' | 'supervisord';

/** What outlives releases: paths below `<root>/shared`. `public` are those of `dirs` that the web server shows to everyone. */
export interface SharedSpec {
  dirs: string[];
  files: string[];
  public: string[];
}

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
  verb: 'deploy' | 'rollback' | 'status';
  /** 128 random bits in hex that name this operation: whoever has it may attach, confirm and cancel. Never in argv or logs. */
  token: string;
  origin: Origin;
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
  /** `/etc/os-release` ID and VERSION_ID, e.g. `debian` `12`. */
  os: { id: string; version: string };
  /** `x86_64`, `aarch64` ... */
  machine: string;
  libc: { name: 'glibc' | 'musl'; version: string };
  pythons: HostPython[];
  disk: { freeBytes: number; freeInodes: number };
  manager: { name: string; version: string };
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

/** How a process of a release is started. `{python}` and `{socket}` in argv are filled in by its start command. */
export interface ProcessSpec {
  argv: string[];
}

/** Where the static files of a release belong. */
export interface StaticSpec {
  /** STATIC_ROOT relative to the code's top folder; its path there becomes a link to `static/`. */
  root: string;
  /** STATIC_URL's path, e.g. `/static/`; null when another server serves it. */
  url: string | null;
}

/** One release as the runner made it: `release.json`, without any secret. */
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
  /** Digests of the manifests. `static` is null for a site without static files. */
  trees: { code: string; static: string | null };
  env: { hash: string; inputs: string; python: string; packages: { name: string; version: string }[] };
  /** Working folder of every process, relative to the code's top folder (`.` for the top itself). */
  project: string;
  processes: Record<string, ProcessSpec>;
  /** Start of a management command, e.g. `['{python}', 'manage.py']`. */
  manage: string[];
  shared: SharedSpec;
  static: StaticSpec | null;
  migrate: boolean;
  url: string;
  health: HealthSpec;
  verify: VerifySpec;
  times: Times;
}

/** Asked before anything is built: is this what is live already, and what would stand in the way? */
export interface Preflight {
  type: 'preflight';
  deployKey: string;
  /** This deploy's variables, compared on the host with the live release's file; never stored by this request. */
  env: Record<string, string>;
  shared: SharedSpec;
  health: HealthSpec;
  verify: VerifySpec;
  url: string;
  times: Times;
  /** Skips the comparison: the answer is never `unchanged`. */
  force: boolean;
}

export interface Preflighted {
  type: 'preflighted';
  faults: Fault[];
  /** Those of `shared.files` that nobody has brought yet; the folders for them are there. */
  missing: string[];
  /** True when the live release is the same, up, and passed the host's verify just now. */
  unchanged: boolean;
  /** Why not, in words for the log (`env changed: NAME`, `first deploy` ...); never values. */
  reasons: string[];
  live: string | null;
}

/** Which of these does the host have? Held against clean-up from here until the release is assembled. */
export interface Want {
  type: 'want';
  trees: string[];
  env: string;
}

export interface Lacks {
  type: 'lacks';
  trees: string[];
  env: boolean;
}

/**
 * Announces one pack: the chunks that follow, joined and inflated (zlib), are records of a JSON line and its bytes:
 * `{"tree":{"kind":"code"|"static"|"env","digest":D,"bytes":N}}` + the manifest,
 * `{"object":{"sha256":D,"executable":B,"bytes":N}}` + the content (each object once), `{"end":true}`.
 * A manifest is one JSON array a line, sorted by path: `["file",sha256,bytes,path]`, `["exec",sha256,bytes,path]`,
 * `["link",target,path]`; its digest is the SHA-256 of these bytes.
 */
export interface Pack {
  type: 'pack';
  /** Name of the environment whose tree is in the pack, with what its folder needs beside the manifest. */
  env: { hash: string; digest: string; python: string; requirements: string } | null;
}

/** `bytes` raw bytes follow this line; 0 ends the pack. */
export interface Chunk {
  type: 'chunk';
  bytes: number;
}

/** The pack is verified and on disk. */
export interface Received {
  type: 'received';
  objects: number;
}

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

/** Follow a running (or ended) operation of this session's token, from the event after `after`. */
export interface Attach {
  type: 'attach';
  after: number;
}

export interface Status {
  type: 'status';
}

/** What became of this session's token? */
export interface AskOutcome {
  type: 'outcome';
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
  | 'fall-back';

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

export type EventBody =
  | { kind: 'step'; step: Step; status: 'begin' }
  | { kind: 'step'; step: Step; status: 'end'; ms: number; detail: string }
  | { kind: 'step'; step: Step; status: 'failed'; ms: number; detail: string }
  | { kind: 'notice'; message: string }
  | { kind: 'log'; source: string; lines: string[] }
  | { kind: 'waiting'; holder: string }
  /** The host's own verify is good: the runner now checks `url` and confirms, or cancels. */
  | { kind: 'verify-public'; url: string; release: string; health: HealthSpec; static: string | null; public: boolean }
  | { kind: 'outcome'; outcome: Outcome };

/** Events of one operation are numbered from 1 without gaps. `at` is the host's clock, ISO 8601 UTC. */
export type Event = { type: 'event'; seq: number; at: string } & EventBody;

export interface OutcomeAnswer {
  type: 'outcome';
  state: 'running' | 'ended' | 'unknown';
  outcome: Outcome | null;
}

export interface BackendStatus {
  backend: string;
  release: string;
  role: 'active' | 'standby' | 'draining' | 'starting' | 'stopped';
  up: boolean;
  pid: number | null;
  /** ISO time until which a standby is kept, or null. */
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

/** A refusal or a failure of a request. The site is as it was unless `state` says otherwise. */
export interface ErrorAnswer {
  type: 'error';
  code: 'protocol' | 'refused' | 'bad-request' | 'host' | 'busy' | 'internal';
  message: string;
  state: string;
  next: string;
}

export type Request =
  | Hello
  | Preflight
  | Want
  | Pack
  | Chunk
  | Deploy
  | Rollback
  | Attach
  | Status
  | AskOutcome
  | Heartbeat
  | Confirm
  | Cancel;

export type Answer =
  | SendProgram
  | Welcome
  | Preflighted
  | Lacks
  | Received
  | Ack
  | Event
  | OutcomeAnswer
  | StatusAnswer
  | ErrorAnswer;

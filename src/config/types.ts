import type { Access } from '../github/client.ts';
import type {
  Begin,
  HealthSpec,
  Keepalive,
  KeepSpec,
  ManagerName,
  Origin,
  Question,
  SharedSpec,
  Strategy,
  Times,
  VerifySpec,
} from '../protocol/messages.ts';
import type { Interface } from '../servers/interface.ts';
import type { ServerName } from '../servers/servers.ts';
import type { Way } from '../session/way.ts';
import type { Command } from './commands.ts';
import type { BUILD_PLACES, HOST_PACKAGES } from './schema/code.ts';
import type { CONNECTIONS, UNREACHABLE } from './schema/hosts.ts';

/** One host: where to log in, and as whom. */
export interface Target {
  /** Name or address. */
  host: string;
  port: number;
  user: string;
}

/** One host of a stage. */
export interface StageHost extends Target {
  /** The host in between, where this one cannot be reached from here. */
  jump?: Target | undefined;
  /** Names of the processes beside web that run there. */
  processes: string[];
}

/** A process of the site beside web. */
export interface StageProcess {
  /** What is started, or, with `celery`, the arguments behind what that makes. */
  command: string[];
  celery: 'worker' | 'beat' | undefined;
  /** With `celery`: where its application is, undefined for the package of the settings. */
  app: string | undefined;
  /** Longest that it may take to end. */
  stopMs: number;
  /** There are never two of it: the old one has ended before the new one starts. */
  singleton: boolean;
}

/** How the hosts of a stage go, one part after the other. */
export interface Waves {
  /** So many hosts go first. */
  canary: number;
  /** How many go at once after that: a number, or a part of all hosts such as `25%`, the canaries counted too, rounded up. */
  batch: string;
  /** Between two waves. */
  pauseMs: number;
  /** So many hosts may be skipped, or fail without the others falling back; of those that take part the first may never fail. */
  maxFail: number;
  unreachable: (typeof UNREACHABLE)[number];
}

/** One stage as resolved from inputs and `graceful.yml`: every default filled in, nothing left to look up. */
export interface Stage {
  name: string;
  /** `<software>` or `<software>-<variant>`. */
  site: string;
  /** Folder of the site on the host, `/srv/<site>` by default. */
  root: string;
  /** `local`: the one host is the machine that Graceful runs on. */
  connection: (typeof CONNECTIONS)[number];
  /** At least one; the first does what is done once for all. */
  hosts: StageHost[];
  waves: Waves;
  url: string;
  /** Which of the commit's files are deployed. */
  source: { include: string[]; exclude: string[] };
  /** A second repository with the site's own configuration, and where in the code it appears; one without its own ref has HEAD. */
  configRepository:
    | { path: string | undefined; url: string | undefined; ref: string | undefined; folder: string }
    | undefined;
  /** What makes files that git does not track, by `sh`, and which those are: relative to the top of the checkout. */
  hooks: { build: string | undefined; outputs: string[] };
  /** Management commands after collectstatic, and which files in STATIC_ROOT have names that follow their content. */
  staticFiles: { commands: string[][]; hashed: string[] };
  /** Project folder relative to the repository's top; what is undefined is to be found. */
  django: {
    project: string;
    settings: string | undefined;
    application: string | undefined;
    interface: Interface | undefined;
  };
  /** Without `requirements` the file is looked for. */
  python: { requirements: string | undefined; groups: string[]; extras: string[]; version: string | undefined };
  /** Undefined: in a minimal Debian what must be compiled, all else in the runner. `packages`: Debian's, for the build alone. */
  build: { in: (typeof BUILD_PLACES)[number] | undefined; packages: string[] };
  hostPackages: (typeof HOST_PACKAGES)[number];
  /** Null where `serverCommand` starts it. */
  server: ServerName | null;
  serverArgs: string[];
  serverCommand: string[] | undefined;
  /** Processes beside web, by name. */
  processes: Record<string, StageProcess>;
  processManager: ManagerName;
  shared: SharedSpec;
  /** Stage over common settings of the file (the `env` input is kept apart). */
  env: Record<string, string>;
  buildEnv: Record<string, string>;
  health: HealthSpec;
  migrate: boolean;
  strategy: Strategy;
  keepalive: Keepalive;
  /** The first deploy puts a `current` that is not ours aside. */
  adopt: boolean;
  verify: VerifySpec;
  /** Longest that one attempt to reach the host may take, and then the login. */
  connectMs: number;
  times: Times;
  keep: KeepSpec;
}

/** Backends by name, all of them, or those that are not live; what is live where nothing of it is given. */
export interface Named {
  names: string[];
  all: boolean;
  inactive: boolean;
}

/** Everything one run was asked to do, read once. */
export interface Run {
  command: Command;
  stage: Stage;
  /** Everything to connect with, checked, for each host of the stage; none for a `build` that was given no key. */
  logins: Way[];
  /** Absolute path of the artifact's folder: where `build` leaves it, and where a deploy takes it from. */
  artifact: string;
  /** Whether what is deployed comes from the artifact. */
  fromArtifact: boolean;
  /** Of `promote`: the stage whose live release it takes, with its hosts. */
  from: { stage: Stage; logins: Way[] } | undefined;
  /** The `env` input, each value masked already: over the stage's. */
  env: Record<string, string>;
  /** The release to go to; undefined for `previous` (`rollback`). */
  release: string | undefined;
  /** What `start`, `stop` and `restart` are about. */
  names: Named;
  /** What is asked of the host, for the verbs that need nothing but the host. */
  request: Begin | Question | undefined;
  force: boolean;
  /** A rollback or activate asks a deploy that has not switched to give way. */
  preempt: boolean;
  /** To a release that does not know all of the database. */
  databaseAhead: boolean;
  /** Changes nothing on any host, and tells what would be done. */
  plan: boolean;
  /** The plan is told in a comment of the pull request too. */
  planComment: boolean;
  /** Number of the pull request that this job is about. */
  pullRequest: number | undefined;
  /** Prints what went into the environment. */
  explain: boolean;
  /** Resolves the requirements anew, even where a resolution is kept. */
  refreshEnv: boolean;
  /** Longest that it waits for another operation on the site. */
  lockMs: number;
  /** Status or plan as JSON on standard output (command line). */
  json: boolean;
  /** GitHub's API for this repository; undefined outside of its jobs, and without a token. */
  github: Access | undefined;
  /** It is shown as a deployment there. */
  deployments: boolean;
  origin: Origin;
  /** Top folder of the checkout. */
  workspace: string;
  /** Absolute path of `graceful.yml`. */
  file: string;
}

/** One fault in inputs or `graceful.yml`. Lines and columns count from 1. */
export interface ConfigFault {
  /** `graceful.yml` (relative to the workspace), `input ssh-key`, ... */
  where: string;
  /** For faults of a file: its path relative to the workspace, for annotations. */
  file?: string;
  line?: number;
  column?: number;
  message: string;
  /** What to do: the nearest known key, the allowed values, an example. */
  mend: string;
}

import type { Interface } from './interface.ts';

/** An option that the release's own start command decides, with the reason. */
export type Refused = readonly [long: string, short: string | null, why: string];

/** What a server is started with. */
export interface Launch {
  readonly interface: Interface;
  /** Time that requests get to end after SIGTERM; a whole number of seconds, at least 1. */
  readonly grace: number;
  /** The user's own options. */
  readonly args: readonly string[];
  /** Packages of the environment: versions by name. */
  readonly versions: ReadonlyMap<string, string>;
}

/** What Graceful knows of an application server. */
export interface Server {
  /** What it can serve; the one that is looked for first comes first. */
  readonly interfaces: readonly [Interface, ...Interface[]];
  /** The first version that has all the options needed, where that matters. */
  readonly oldest?: string;
  /** Longest time that it can be told to wait for its last requests, in seconds, where there is a bound. */
  readonly longestGrace?: number;
  /** Options that `server-args` must not have. */
  readonly refused: readonly Refused[];
  /** True where its options may be cut short (`--daem` for `--daemon`), as argparse allows. */
  readonly abbreviates: boolean;
  /**
   * What stands between `python -m <server>` and the user's own options.
   *
   * @throws BuildError where the packages cannot serve that
   */
  options(launch: Launch): readonly string[];
}

/** True from that version on; what is no number counts as 0. Pure. */
export function atLeast(version: string, wanted: string): boolean {
  const parts = (text: string) => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [have, need] = [parts(version), parts(wanted)];
  const differs = need.findIndex((part, index) => (have[index] ?? 0) !== part);
  return differs === -1 || (have[differs] ?? 0) > (need[differs] ?? 0);
}

/** Reasons that several servers share. */
export const WHY = {
  socket: 'each backend has its own socket',
  watched: 'the process manager watches the process it started',
  reload: 'the code of a release never changes',
  grace: 'it is set by times: { grace: ... }, which the host checks against the process manager',
  folder: 'the working folder is the project folder of the release',
} as const;

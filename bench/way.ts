/** What is compared: a way of putting a site live, set up as its own documentation says. */
import type { TestHost } from '../testbed/host.ts';

/** The links that every way is measured over. */
export const LINES = ['local', '100mbit', '100mbit-40ms'] as const;
export type LineName = (typeof LINES)[number];

/** How the runner's side reaches the host's sshd at the moment. */
export interface Line {
  readonly name: LineName;
  readonly address: string;
  readonly port: number;
  /** An OpenSSH known_hosts file that knows the host at this address and port, and at every other line's. */
  readonly knownHostsFile: string;
}

/** One way's place: every way has its own site (name, folder, unit, database) on the one host, with the same code. */
export interface Ground {
  readonly host: TestHost;
  /** Names the user, the unit `<site>-web.service`, and /srv/<site>; e.g. `capistrano`. */
  readonly site: string;
  /** What visitors ask for, by nginx's server_name on port 80: `<site>.bench`. */
  readonly hostName: string;
  /** The same repository from the host: `git://<gateway>/site.git`, branch main. Its line has the rate of `Line`, without the delay. */
  readonly gitUrl: string;
  /** The wheelhouse, at the same path on the runner's side and on the host; pip's variables that make it the only source of packages. */
  readonly pip: Readonly<Record<'PIP_NO_INDEX' | 'PIP_FIND_LINKS' | 'PIP_DISABLE_PIP_VERSION_CHECK', string>>;
  /** A folder of the runner's side for what this way keeps (configuration, its own cache). */
  readonly folder: string;
}

/** What one run deploys. Before each run the commit is pushed to main and checked out freshly, as a CI job does: with new mtimes. */
export interface Checkout {
  readonly path: string;
  readonly commit: string;
  /** The number that pages of this commit carry in `X-Version`. */
  readonly version: string;
}

/** A program of the runner's side. Its start is the run's start, its exit the run's end. */
export interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A way that is set up on its ground: the host has all that its documentation asks for, and no release yet. */
export interface Ready {
  /** Deploys the checkout. Whatever is to be written for it is written before the returned command runs. */
  deploy(checkout: Checkout, line: Line): Promise<Command>;
  /**
   * Back to the release before, which is one of the same version after a deploy of an unchanged commit: most tools make a release of it, too.
   * Left out by those that have no such thing.
   */
  rollback?(checkout: Checkout, line: Line): Promise<Command>;
}

export interface Way {
  /** Also the site's name: lower-case letters, digits, dashes. */
  readonly name: string;
  /** For tables. */
  readonly title: string;
  /** What a reader must know of how it is set up, one sentence or two. */
  readonly how: string;
  /** Installs what it needs on the runner's side (Debian, PyPI). @returns versions by name. @throws where that cannot be */
  install(): Promise<Readonly<Record<string, string>>>;
  setUp(ground: Ground): Promise<Ready>;
}

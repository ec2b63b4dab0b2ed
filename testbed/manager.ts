import type { TestHost } from './host.ts';
import { SUPERVISORD } from './manager/supervisord.ts';
import { SYSTEMD } from './manager/systemd.ts';
import { SYSTEMD_USER } from './manager/systemd-user.ts';
import type { HostedSite } from './site.ts';

/** A row of the table of owners and modes: paths below the root, kinds as `find` tells them, modes (none: any will do). */
export type Owned = readonly [path: RegExp, kinds: string, owner: RegExp, modes: readonly string[]];

/** A file's owner and mode, as `TestHost.writeFile` takes them. */
export interface Owner {
  readonly owner: string;
  readonly group: string;
  readonly mode: string;
}

/** What differs between the process managers for the test bed. All else of a test is the same for all. */
export interface Manager {
  /** The page whose commands set a host up. */
  readonly guide: string;
  /** Laid over the shop's graceful.yml. */
  readonly config: Readonly<Record<string, unknown>>;

  /** Whom the site's own processes run as. */
  siteUser(site: string): string;
  /** shared/.env as the guide makes it. */
  dotenv(site: string): Owner;
  /** The design's table: the first row that matches a path counts. */
  owners(site: string): readonly Owned[];
  /** Below it, each backend has a folder for its socket. */
  runFolder(site: HostedSite): string;
  /** `<owner>:<group> <mode>` of that folder. */
  runFolderOwner(site: string): string;
  /** Users besides deploy and the site's own that read what the site shows to all its visitors. */
  readonly readers: readonly string[];
  /** Paths below the root that a request may make before it is refused, besides bin/ and .op/. */
  readonly settled: readonly string[];
  /** `<user> <program>` of some programs that a deploy runs on the host. */
  readonly programs: readonly string[];

  /** For a site that was just set up: the minute's work is done by nobody. What starts the site after a boot stays. */
  leaveAlone(host: TestHost, site: HostedSite): Promise<void>;
  /** Waits until what starts the site after a boot has done so. */
  started(host: TestHost, site: HostedSite): Promise<void>;
  /** Backends of all processes that the manager knows, whether they are up or not. */
  backends(host: TestHost, site: HostedSite): Promise<string[]>;
  /** Stops a backend behind Graceful's back. */
  stop(host: TestHost, site: HostedSite, backend: string): Promise<void>;
}

const MANAGERS: Readonly<Record<string, Manager>> = {
  systemd: SYSTEMD,
  'systemd-user': SYSTEMD_USER,
  supervisord: SUPERVISORD,
};

/** The process manager that this run of the tests is for: GRACEFUL_TEST_MANAGER, systemd by default. */
export const MANAGER: Manager = chosen(process.env['GRACEFUL_TEST_MANAGER'] ?? 'systemd');

function chosen(name: string): Manager {
  const manager = MANAGERS[name];
  if (manager === undefined) throw new Error(`GRACEFUL_TEST_MANAGER: ${name} is none of ${Object.keys(MANAGERS)}`);
  return manager;
}

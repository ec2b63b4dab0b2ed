/** How the peers' programs of the runner's side reach the host. */
import { run } from '../../testbed/process.ts';
import type { Ground, Line } from '../way.ts';

/** Debian's programs, whatever the developer's own PATH prefers. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** argv of an OpenSSH client up to its options' end: one connection for each call, nothing shared between them. */
export function openSsh({ host }: Ground, line: Line): readonly string[] {
  const settings = [
    `UserKnownHostsFile=${line.knownHostsFile}`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    'IdentitiesOnly=yes',
    'BatchMode=yes',
  ];
  const options = settings.flatMap((setting) => ['-o', setting]);
  return ['ssh', '-F', 'none', '-i', host.privateKeyFile, '-p', String(line.port), ...options];
}

export const loginOf = ({ host }: Ground, line: Line): string => `${host.deployUser}@${line.address}`;

/** Whole environment of a program of the runner's side: what it may know of the host, under names of our own. No user's configuration. */
export function environment(ground: Ground, line: Line): Readonly<Record<string, string>> {
  return {
    PATH,
    HOME: ground.folder,
    LANG: 'C.UTF-8',
    BENCH_SITE: ground.site,
    BENCH_HOST_NAME: ground.hostName,
    BENCH_GIT_URL: ground.gitUrl,
    BENCH_USER: ground.host.deployUser,
    BENCH_ADDRESS: line.address,
    BENCH_PORT: String(line.port),
    BENCH_KEY: ground.host.privateKeyFile,
    BENCH_KNOWN_HOSTS: line.knownHostsFile,
    ...ground.pip,
  };
}

/**
 * What a program says of its version.
 * @param pattern whose first group is the version
 * @throws Error when it cannot be started or says something else
 */
export async function versionOf(argv: readonly string[], pattern: RegExp): Promise<string> {
  const { stdout, stderr } = await run(argv, { env: { PATH, LANG: 'C.UTF-8' } });
  // OpenSSH tells it on standard error.
  const version = pattern.exec(stdout + stderr)?.[1];
  if (version === undefined) throw new Error(`${argv.join(' ')} does not tell its version: ${stdout}${stderr}`);
  return version;
}

export const opensshVersion = (): Promise<string> => versionOf(['ssh', '-V'], /OpenSSH_(\S+)/);

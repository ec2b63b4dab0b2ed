/** The one source of packages for all ways: a folder of wheels for the host's Python, at the same path on both sides. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { must as mustRun } from '../../scripts/command.ts';
import { toolFolder } from '../../scripts/tool-folder.ts';
import type { TestHost } from '../../testbed/host.ts';
import { must } from '../../testbed/process.ts';
import type { Ground } from '../way.ts';

/** The package that is bumped: each time to a version that nobody has seen before, so that nothing is left of an earlier run. */
export const BUMPED = 'cryptography';
export const BUMPS = [
  ...['44.0.1', '44.0.2', '44.0.3'],
  ...['45.0.2', '45.0.3', '45.0.4', '45.0.5', '45.0.6', '45.0.7'],
  ...['46.0.0', '46.0.1', '46.0.2', '46.0.3', '46.0.4', '46.0.5', '46.0.6', '46.0.7'],
  ...['47.0.0', '48.0.0', '48.0.1', '49.0.0', '50.0.0', '50.0.1', '50.0.2'],
] as const;

const PINS = readFileSync(join(import.meta.dirname, '../project/requirements.txt'), 'utf8');

/** requirements.txt of the site with the n-th version of the bumped package, from 0. */
export function requirements(bump: number): string {
  const version = BUMPS[bump];
  if (version === undefined) throw new Error(`there are ${BUMPS.length} versions of ${BUMPED} to bump to, and no more`);
  return PINS.replace(`${BUMPED}==*`, `${BUMPED}==${version}`);
}

/** Debian 12: CPython 3.11, glibc 2.36. */
const FOR_HOST = [
  ...['--only-binary', ':all:', '--python-version', '3.11', '--platform', 'any'],
  ...['2_34', '2_31', '2_28', '2_27', '2_26', '2_17'].flatMap((glibc) => ['--platform', `manylinux_${glibc}_x86_64`]),
  ...['--platform', 'manylinux2014_x86_64'],
];

/** The folder with all wheels on this machine; downloaded once. */
export function wheelhouse(): string {
  return toolFolder({
    name: 'the wheels of the benchmark',
    pins: [requirements(0), ...BUMPS, ...FOR_HOST].join('\n'),
    make(folder) {
      const download = (...what: string[]): void =>
        mustRun('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, ...FOR_HOST, ...what]);
      const packages = requirements(0).split('\n').filter(Boolean);
      download(...packages);
      for (const version of BUMPS.slice(1)) download(`${BUMPED}==${version}`);
    },
    works: () => true,
  });
}

/** The wheel of one version of the bumped package. */
export function wheelOf(version: string): string {
  const folder = wheelhouse();
  const name = readdirSync(folder).find((file) => file.startsWith(`${BUMPED}-${version}-`));
  if (name === undefined) throw new Error(`${folder} has no ${BUMPED} ${version}`);
  return join(folder, name);
}

export const pipVariables = (folder: string): Ground['pip'] => ({
  PIP_NO_INDEX: '1',
  PIP_FIND_LINKS: folder,
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
});

/** Puts them on the host, at the same path. */
export async function giveWheels(host: TestHost, folder: string): Promise<void> {
  await host.must(['install', '-d', '-o', host.deployUser, folder]);
  // This machine's own folder may be below root's home, which others cannot enter there.
  for (let above = dirname(folder); above !== '/'; above = dirname(above)) await host.must(['chmod', 'o+x', above]);
  const there = host.sshCommand('tar', '--extract', `--directory=${folder}`);
  await must(['sh', '-c', 'tar --create --mode=u=rwX,go=rX --directory="$0" . | "$@"', folder, ...there], {
    timeout: 600_000,
  });
}

/** How an installer is told which host it installs for. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installer } from '../installer/find.ts';
import type { Match, Target } from '../python.ts';

/** Machines whose wheels a runner of another machine can bring together. */
export const FOREIGN_MACHINES = ['x86_64', 'aarch64'];

/** Versions of glibc, 2.x, that uv knows wheels for by name. */
const UV_GLIBC = [17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40];

/** Whether the host is another machine than the runner: nothing can be compiled for it, nor run. Pure. */
export function isForeign({ runner, target }: Pick<Match, 'runner' | 'target'>): boolean {
  return runner.machine !== target.machine;
}

/** Minor version of a glibc: 36 of `2.36`. Pure. */
export function glibcMinor(version: string): number {
  return Number(/^2\.(\d+)/.exec(version)?.[1] ?? 0);
}

/** A host in words: `Python 3.9 on x86_64 with glibc 2.31`. Pure. */
export function targetWords({ minor, machine, libc, libcVersion }: Omit<Target, 'abi'>): string {
  return `Python ${minor} on ${machine} with ${libc} ${libcVersion}`.trim();
}

/** Options of uv: wheels for the host's machine and glibc, never for a newer one. Pure. */
export function uvPlatform({ libc, libcVersion, machine }: Target): string[] {
  if (!FOREIGN_MACHINES.includes(machine)) return [];
  if (libc === 'musl') return ['--python-platform', `${machine}-unknown-linux-musl`];
  const minor = glibcMinor(libcVersion);
  const known = UV_GLIBC.findLast((one) => one <= minor);
  return known === undefined ? [] : ['--python-platform', `${machine}-manylinux_2_${known}`];
}

/**
 * Makes pip take the runner for the host. pip asks the virtualenv's own Python what fits: by the module `_manylinux` (PEP 600)
 * which glibc, and, where the host is another machine, by the standard library which one. (Its option --platform would not do: the
 * markers of requirements would still be the runner's.)
 *
 * @param site site-packages of the virtualenv that pip installs into
 */
export async function pretendHost(installer: Installer['name'], match: Match, site: string): Promise<void> {
  if (installer !== 'pip') return;
  const { libc, libcVersion, machine } = match.target;
  if (libc === 'glibc') {
    const fits = `tag_major == 2 and tag_minor <= ${glibcMinor(libcVersion)}`;
    const text = `def manylinux_compatible(tag_major, tag_minor, tag_arch):\n    return ${fits}\n`;
    await writeFile(join(site, '_manylinux.py'), text);
  }
  if (isForeign(match)) {
    // Not a sitecustomize.py: many systems have one of their own, which comes first.
    const text = `import platform, sysconfig; platform.machine = lambda: "${machine}"; sysconfig.get_platform = lambda: "linux-${machine}"\n`;
    await writeFile(join(site, '_host.pth'), text);
  }
}

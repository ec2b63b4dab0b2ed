import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { answer, succeeds } from '../scripts/command.ts';
import { ensurePackages } from '../scripts/debian.ts';

/** Where daemons are, also for those whose PATH leaves them out. */
const SYSTEM = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** Path of a program; undefined when there is none. */
function find(program: string): string | undefined {
  const folders = [...SYSTEM, ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** The system's Python first: that is what a session on the host gets, and no user's own folder is closed to it. */
export function findPython(): string | undefined {
  const able = (path: string | undefined) => path && answer(path, ['-c', 'import ensurepip, venv']) !== undefined;
  return [find('python3'), answer('python3', ['-c', 'import sys; print(sys.executable)'])].find(able);
}

/** What the demo needs of this machine, each with the Debian package that has it. */
const NEEDS: readonly { readonly package: string; readonly service?: string; has(): boolean }[] = [
  { package: 'openssh-server', service: 'ssh', has: () => find('sshd') !== undefined },
  { package: 'openssh-client', has: () => find('ssh-keygen') !== undefined },
  { package: 'nginx-light', service: 'nginx', has: () => find('nginx') !== undefined },
  { package: 'python3-venv', has: () => findPython() !== undefined },
  { package: 'git', has: () => find('git') !== undefined },
];

/**
 * As root, installs what is missing; none of it is started, now or at the next boot.
 * @throws Error when something is missing and this user cannot install it, naming all of it
 */
export function ensureNeeds(): void {
  const missing = NEEDS.filter(({ has }) => !has());
  if (missing.length === 0) return;
  const names = missing.map((need) => need.package);
  if (process.getuid?.() !== 0) {
    throw new Error(`this machine lacks what a web host is made of. As root: apt-get install ${names.join(' ')}`);
  }
  ensurePackages(names);
  if (find('systemctl') === undefined) return;
  for (const { service } of missing) {
    if (service !== undefined) succeeds('systemctl', ['--quiet', 'disable', service], { stdio: 'ignore' });
  }
}

/** Path of a program that `ensureNeeds` has seen to. */
export function pathOf(program: string): string {
  const path = find(program);
  if (path === undefined) throw new Error(`${program} is not there any more`);
  return path;
}

/** What the compared ways are made of stays in memory, so that none of them waits for a disk because others have had their turn. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensurePackages } from '../../scripts/debian.ts';
import { DIST } from '../../testbed/runner.ts';
import { uvFolder } from './uv.ts';

/** Those of /usr/lib that Python, Ruby, git and SSH are in. */
const LIBRARIES = /^(git-core|openssh|python3.*|ruby|.*-linux-gnu)$/;
const GEMS = ['/usr/share/rubygems-integration', '/var/lib/gems'];

/** What vmtouch says when all is locked. */
const LOCKED = /^LOCKED /;

/**
 * Reads the runner's programs and these folders, and locks their pages in memory until it is disposed. (Some virtual machines take back each
 * page of a file that nobody has used for half a minute; then a way that has its turn after that would be measured on cold disks.)
 * @throws Error where they cannot all be locked
 */
export async function keepPrograms(folders: readonly string[]): Promise<AsyncDisposable> {
  ensurePackages(['vmtouch']);
  const libraries = readdirSync('/usr/lib').filter((name) => LIBRARIES.test(name));
  const paths = [
    '/usr/bin',
    ...libraries.map((name) => join('/usr/lib', name)),
    ...GEMS.filter((path) => existsSync(path)),
    ...[process.execPath, DIST].map(dirname),
    uvFolder(),
    ...folders,
  ];
  // It ends with this process, and says each line when it is due. What it warns of are links and devices.
  const argv = ['--pdeathsig=KILL', 'stdbuf', '--output=L', 'vmtouch', '-l', ...paths];
  const child = spawn('setpriv', argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const locked = async (): Promise<boolean> => {
    for await (const line of createInterface({ input: child.stdout })) if (LOCKED.test(line)) return true;
    return false;
  };
  if (!(await locked())) {
    const [code] = await exited;
    throw new Error(`vmtouch could not lock the programs in memory: it ended with ${String(code)}`);
  }
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}

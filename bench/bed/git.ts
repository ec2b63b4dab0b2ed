/** The one repository of the site, which the host reaches as it would a forge. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { until } from '../../testbed/slot.ts';

const PORT = 9418;

/** @param folder whose repositories are served, at `git://<address>/<name>` */
export async function serveGit(folder: string, address: string): Promise<AsyncDisposable> {
  const options = ['--reuseaddr', '--export-all', `--base-path=${folder}`, `--listen=${address}`, `--port=${PORT}`];
  // Ends with this process, however that ends. Not `git daemon`: git would be its parent.
  const daemon = spawn('setpriv', ['--pdeathsig=KILL', '/usr/lib/git-core/git-daemon', ...options, folder], {
    // It complains of each connection that asks for nothing.
    stdio: 'ignore',
  });
  const ended = once(daemon, 'exit');
  await until('the git daemon listens', 10_000, () => listens(address));
  return {
    async [Symbol.asyncDispose]() {
      daemon.kill();
      await ended;
    },
  };
}

function listens(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: PORT });
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

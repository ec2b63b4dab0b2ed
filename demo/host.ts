import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../testbed/process.ts';
import type { Account } from './account.ts';
import { freePorts, LOOPBACK, startDaemon } from './daemon.ts';
import { pathOf } from './needs.ts';
import { configureNginx } from './nginx.ts';
import { configureSshd, type Ssh } from './sshd.ts';
import { supervisorVenv } from './supervisor.ts';

/** A web host on this machine's loopback, with a folder for one site, `shop`, that waits for its first deploy. */
export interface Host {
  /** Who logs in, and whom everything belongs to. */
  readonly user: string;
  readonly ssh: Ssh;
  /** Folder of the site. */
  readonly root: string;
  /** `127.0.0.1:<port>` of the web server. */
  readonly address: string;
}

/** Starts the host's daemons below this process, as the account's user; they end with the demo. */
export async function startHost(folder: string, python: string, account: Account): Promise<Host> {
  const own = join(folder, 'host');
  const root = join(folder, 'srv/shop');
  await mkdir(own, { mode: 0o700 });
  const [sshPort = 0, webPort = 0] = await freePorts(2);
  const address = `${LOOPBACK}:${webPort}`;
  const ssh = await configureSshd(own, account.name, sshPort);
  const nginx = await configureNginx(join(own, 'nginx'), root, address);
  await setUpSite(root, await supervisorVenv(python));
  if (account.ownWorld) await must(['chown', '--recursive', '--no-dereference', `${account.name}:`, own, root]);
  const start = (log: string, port: number, ...argv: string[]) =>
    startDaemon([...account.as, ...argv], join(own, log), port);
  await start('sshd.log', sshPort, pathOf('sshd'), '-D', '-e', '-f', ssh.server);
  await start('nginx.log', webPort, pathOf('nginx'), '-c', nginx, '-g', 'daemon off;');
  return { user: account.name, ssh, root, address };
}

/** What docs/supervisord.md asks of the one who owns the site. */
async function setUpSite(root: string, supervisor: string): Promise<void> {
  for (const path of ['', 'supervisor', 'shared', 'shared/media', 'shared/data'])
    await mkdir(join(root, path), { mode: 0o750 });
  await writeFile(join(root, 'shared/.env'), `ALLOWED_HOSTS=${LOOPBACK}\n`, { mode: 0o600 });
  await symlink(supervisor, join(root, 'supervisor/venv'));
}

import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../testbed/process.ts';
import { LOOPBACK } from './daemon.ts';
import { pathOf } from './needs.ts';

/** An SSH server that is configured, and the ways into it. All keys end with the demo. */
export interface Ssh {
  readonly port: number;
  /** Configuration of the server. */
  readonly server: string;
  /** Configuration for a person: `ssh -F <client> shop`. */
  readonly client: string;
  readonly privateKey: string;
  /** For the input `known-hosts`. */
  readonly knownHosts: string;
}

/** Prepares an sshd that runs as this ordinary user and lets in nobody else. */
export async function configureSshd(folder: string, user: string, port: number): Promise<Ssh> {
  const path = (name: string): string => join(folder, name);
  for (const key of ['user_key', 'host_key']) {
    await must([pathOf('ssh-keygen'), '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path(key)]);
  }
  await copyFile(path('user_key.pub'), path('authorized_keys'));
  const knownHosts = `[${LOOPBACK}]:${port} ${await readFile(path('host_key.pub'), 'utf8')}`;
  await writeFile(path('known_hosts'), knownHosts);
  await writeLines(path('sshd_config'), [
    `ListenAddress ${LOOPBACK}:${port}`,
    `HostKey ${path('host_key')}`,
    `AuthorizedKeysFile ${path('authorized_keys')}`,
    'AuthenticationMethods publickey',
    'PidFile none',
    'UsePAM no',
    // Each folder on the way would have to be this user's own.
    'StrictModes no',
  ]);
  await writeLines(path('ssh_config'), [
    'Host shop',
    `HostName ${LOOPBACK}`,
    `Port ${port}`,
    `User ${user}`,
    `IdentityFile ${path('user_key')}`,
    'IdentitiesOnly yes',
    `UserKnownHostsFile ${path('known_hosts')}`,
  ]);
  const privateKey = await readFile(path('user_key'), 'utf8');
  return { port, server: path('sshd_config'), client: path('ssh_config'), privateKey, knownHosts };
}

function writeLines(path: string, lines: readonly string[]): Promise<void> {
  return writeFile(path, lines.map((line) => `${line}\n`).join(''));
}

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { image, type Variant } from './image.ts';
import { bootMachine, enter, makeDisks, makeHostKeys, nameMachine, powerOff, shutDown } from './machine.ts';
import { cut, makeNetwork, mend } from './network.ts';
import { describe, type ExecResult, must } from './process.ts';
import { freeSlot, killAll, takeSlot } from './slot.ts';

export type { ExecResult } from './process.ts';

export interface ExecOptions {
  /** Who runs it on the host; root by default. */
  readonly user?: string;
  readonly input?: string | Uint8Array;
  /** Milliseconds; 60,000 by default. */
  readonly timeout?: number;
}

export interface HostOptions {
  /** Size of the file system that holds /srv; 256 by default. A small one is how to fill a disk. */
  readonly srvMegabytes?: number;
  /** /srv is a tmpfs, not a disk: nothing of it has to be read again, and a power cut takes none of it. */
  readonly srvTmpfs?: boolean;
  /** What is installed; `plain` by default. */
  readonly image?: Variant;
  /** Milliseconds a boot may take; 60,000 by default. */
  readonly bootTimeout?: number;
}

/** A real Debian 12 machine with systemd, sshd and nginx, reachable from this machine alone. */
export interface TestHost extends AsyncDisposable {
  /** Unique on this machine: `gr-<n>`. */
  readonly name: string;
  /** IPv4 address of the host. */
  readonly address: string;
  /** Where this machine's requests come from, as the host sees them. */
  readonly gateway: string;
  /** One line for each of the host's key types (ecdsa, ed25519), in this order. */
  readonly knownHostsLines: readonly string[];
  /** All of them, as a known_hosts file has them. */
  readonly knownHosts: string;
  /** OpenSSH private key of the deploy user, made for this host. */
  readonly privateKey: string;
  /** The same, as a file of mode 0600; and its public half. */
  readonly privateKeyFile: string;
  readonly publicKey: string;
  /** Name of the user whose key this is. */
  readonly deployUser: 'deploy';

  /** Runs a program on the host, not over the network. Its exit status is part of the result. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** As `exec`, for what has to succeed. @returns standard output @throws Error with both outputs otherwise */
  must(argv: readonly string[], options?: ExecOptions): Promise<string>;
  /** argv of an OpenSSH client that logs in as the deploy user and trusts this host's keys alone. */
  sshCommand(...remote: string[]): string[];
  readFile(path: string): Promise<string>;
  /** Makes or replaces a file, and its folders; root:root 0644 by default. */
  writeFile(path: string, content: string, as?: { owner?: string; group?: string; mode?: string }): Promise<void>;

  /** SIGKILL to every program at once; the page cache survives, /run and /tmp do not. The host is off afterwards. */
  crash(): Promise<void>;
  /**
   * The machine loses its power: of /srv (and of /srv alone) only what was synced is left. The host is off afterwards.
   * `commitMetadata` (default true): the file system's own journal commit came just before, so that names, sizes and
   * links are there and unsynced content is not; false: that moment had not come yet.
   */
  powerCut(options?: { readonly commitMetadata?: boolean }): Promise<void>;
  /** Switches a host on again that is off; returns when its systemd has started everything. */
  boot(): Promise<void>;
  /** An orderly end: systemd stops everything. The host is off afterwards. */
  shutDown(): Promise<void>;
  /**
   * All packets vanish, in both directions: open connections hang. `exec` still works.
   * @param port only those of this TCP port of the host
   */
  cutNetwork(port?: number): Promise<void>;
  restoreNetwork(): Promise<void>;
  /** Ends the host and removes every trace of it. */
  dispose(): Promise<void>;
}

/** Standard input is a socket here, which cannot be opened by a name such as /dev/stdin: hence no install(1). */
const WRITE =
  'mkdir -p "$(dirname "$0")" && cat >"$0.new" && chown "$1" "$0.new" && chmod "$2" "$0.new" && mv -T "$0.new" "$0"';

/** Boots a clean host. The image is built first when this machine has none. */
export async function startHost(options: HostOptions = {}): Promise<TestHost> {
  const base = await image(options.image);
  const slot = await takeSlot();
  try {
    const { address, gateway } = await makeNetwork(slot);
    await makeDisks(slot, base, options.srvMegabytes ?? 256, options.srvTmpfs ?? false);
    await nameMachine(slot);
    const knownHostsLines = await makeHostKeys(slot, address);
    const knownHosts = `${knownHostsLines.join('\n')}\n`;
    const knownHostsFile = join(slot.folder, 'known_hosts');
    await writeFile(knownHostsFile, knownHosts);
    const privateKeyFile = join(slot.folder, 'id_ed25519');
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'graceful test bed', '-f', privateKeyFile]);
    const publicKey = (await readFile(`${privateKeyFile}.pub`, 'utf8')).trim();
    const bootTimeout = options.bootTimeout ?? 60_000;

    const host: TestHost = {
      name: slot.name,
      address,
      gateway,
      knownHostsLines,
      knownHosts,
      privateKey: await readFile(privateKeyFile, 'utf8'),
      privateKeyFile,
      publicKey,
      deployUser: 'deploy',
      exec: (argv, execOptions = {}) => enter(slot, argv, execOptions),
      async must(argv, execOptions = {}) {
        const result = await enter(slot, argv, execOptions);
        if (result.code !== 0) throw new Error(`${slot.name}: ${describe(argv, result)}`);
        return result.stdout;
      },
      sshCommand(...remote) {
        const settings = [
          `UserKnownHostsFile=${knownHostsFile}`,
          'GlobalKnownHostsFile=/dev/null',
          'StrictHostKeyChecking=yes',
          'IdentitiesOnly=yes',
          'BatchMode=yes',
          'ConnectTimeout=5',
        ];
        const flags = settings.flatMap((setting) => ['-o', setting]);
        return ['ssh', '-F', 'none', '-i', privateKeyFile, ...flags, `deploy@${address}`, '--', ...remote];
      },
      readFile: (path) => host.must(['cat', path]),
      async writeFile(path, content, { owner = 'root', group = 'root', mode = '0644' } = {}) {
        await host.must(['sh', '-c', WRITE, path, `${owner}:${group}`, mode], { input: content });
      },
      crash: () => killAll(slot),
      powerCut: ({ commitMetadata = true } = {}) => powerOff(slot, commitMetadata),
      boot: () => bootMachine(slot, bootTimeout),
      shutDown: () => shutDown(slot),
      cutNetwork: (port) => cut(slot, port),
      restoreNetwork: () => mend(slot),
      dispose: () => freeSlot(slot),
      [Symbol.asyncDispose]: () => freeSlot(slot),
    };
    await host.boot();
    await addDeployUser(host);
    return host;
  } catch (error) {
    await freeSlot(slot);
    throw error;
  }
}

/** A fresh host as its owner hands it over: an account to log in with, and nothing of ours. */
async function addDeployUser(host: TestHost): Promise<void> {
  await host.must(['useradd', '--create-home', '--shell', '/bin/bash', host.deployUser]);
  await host.must(['install', '-d', '-o', 'deploy', '-g', 'deploy', '-m', '0700', '/home/deploy/.ssh']);
  const as = { owner: 'deploy', group: 'deploy', mode: '0600' };
  await host.writeFile('/home/deploy/.ssh/authorized_keys', `${host.publicKey}\n`, as);
}

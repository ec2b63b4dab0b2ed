import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecResult, must, type RunOptions, run } from './process.ts';
import { allEnded, killAll, type Slot } from './slot.ts';

/** Puts the calling shell into a control group, then becomes the program: what it starts cannot leave the group. */
const IN_CGROUP = ['sh', '-c', 'echo 0 > "$0/cgroup.procs" && exec "$@"'] as const;

/**
 * The disks of a host: a copy-on-write view of the image, and /srv on an ext4 file system of its own, in memory, so
 * that a power cut can be played on it. `noauto_da_alloc`: ext4's default hides a missing fsync before a rename.
 * @param tmpfs /srv is one, with no disk behind it
 */
export async function makeDisks(slot: Slot, image: string, srvMegabytes: number, tmpfs: boolean): Promise<void> {
  const { folder, name } = slot;
  for (const part of ['upper', 'work', 'root', 'srv']) await mkdir(join(folder, part));
  const layers = `lowerdir=${image},upperdir=${join(folder, 'upper')},workdir=${join(folder, 'work')}`;
  await must(['mount', '-t', 'overlay', '-o', layers, name, join(folder, 'root')]);
  if (tmpfs) {
    const options = `mode=0755,size=${srvMegabytes}m,nr_inodes=0`;
    await must(['mount', '-t', 'tmpfs', '-o', options, name, join(folder, 'srv')]);
    return;
  }
  const disk = join(folder, 'srv.ext4');
  await must(['truncate', `--size=${srvMegabytes}M`, disk]);
  // Lazy initialisation would write to the disk at moments of its own choosing.
  const eager = ['-E', 'lazy_itable_init=0,lazy_journal_init=0'];
  // By default a large one has an inode for each 16 kB, and environments are small files.
  const inodes = srvMegabytes < 512 ? [] : ['-i', '8192'];
  await must(['mkfs.ext4', '-q', '-b', '4096', ...eager, ...inodes, disk]);
  await mountSrv(slot);
}

async function mountSrv({ folder }: Slot): Promise<void> {
  await must(['mount', '-o', 'loop,noauto_da_alloc', join(folder, 'srv.ext4'), join(folder, 'srv')]);
}

/** Switches the machine on; returns when systemd has finished booting. @throws Error with its console otherwise. */
export async function bootMachine(slot: Slot, timeout: number): Promise<void> {
  const consoleLog = join(slot.folder, 'console.log');
  const output = openSync(consoleLog, 'a');
  const nspawn = [
    'systemd-nspawn',
    '--quiet',
    `--machine=${slot.name}`,
    `--directory=${join(slot.folder, 'root')}`,
    `--bind=${join(slot.folder, 'srv')}:/srv`,
    `--network-namespace-path=/run/netns/${slot.name}`,
    '--register=no',
    '--keep-unit',
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    '--settings=no',
    '--console=pipe',
    '--boot',
  ];
  // A test process that dies takes its machines along.
  const [shell, ...script] = IN_CGROUP;
  const machine = spawn(shell, [...script, slot.cgroup, 'setpriv', '--pdeathsig=KILL', ...nspawn], {
    stdio: ['ignore', output, output],
    env: { PATH: process.env['PATH'], SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' },
    detached: true,
  });
  closeSync(output);
  let gone = false;
  const exited = once(machine, 'exit').then(() => {
    gone = true;
  });
  const end = performance.now() + timeout;
  for (;;) {
    // `degraded` is up too: a unit that failed at boot may be what a test is about.
    const state = await systemState(slot);
    if (state === 'running' || state === 'degraded') return;
    if (gone || performance.now() > end) {
      await killAll(slot);
      await exited;
      throw new Error(`${slot.name} did not boot (${state})\n${await readFile(consoleLog, 'utf8')}`);
    }
    await sleep(20);
  }
}

async function systemState(slot: Slot): Promise<string> {
  if ((await initPid(slot)) === undefined) return 'no init yet';
  return (await enter(slot, ['systemctl', 'is-system-running'], {})).stdout.trim();
}

/**
 * Runs a program inside the machine, as a user of it (root by default), without the network.
 * It gets a clean environment: PATH, HOME, LANG.
 */
export async function enter(
  slot: Slot,
  argv: readonly string[],
  { user = 'root', ...options }: Omit<RunOptions, 'env' | 'cwd'> & { readonly user?: string },
): Promise<ExecResult> {
  const pid = await initPid(slot);
  if (pid === undefined) throw new Error(`${slot.name} is off: cannot run ${argv.join(' ')}`);
  const group = join(slot.cgroup, 'exec');
  await mkdir(group, { recursive: true });
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: user === 'root' ? '/root' : `/home/${user}`,
    LANG: 'C.UTF-8',
  };
  const namespaces = ['nsenter', `--target=${pid}`, '--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd'];
  const become = user === 'root' ? [] : ['runuser', '--user', user, '--'];
  return run([...IN_CGROUP, group, ...namespaces, '--', ...become, ...argv], { ...options, env });
}

/** The machine's pid 1 as this machine counts, while it runs. */
async function initPid(slot: Slot): Promise<number | undefined> {
  try {
    const pids = await readFile(join(slot.cgroup, 'payload/init.scope/cgroup.procs'), 'utf8');
    for (const pid of pids.split('\n').filter(Boolean)) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      if (/^NSpid:.*\t1$/m.test(status)) return Number(pid);
    }
  } catch {
    // Not there yet, or gone between the two reads.
  }
  return undefined;
}

/** Has the machine's systemd stop everything and end. @throws Error when it does not within two minutes */
export async function shutDown(slot: Slot): Promise<void> {
  await enter(slot, ['systemctl', 'poweroff', '--no-block'], {});
  await allEnded(slot, 120_000);
}

/**
 * Cuts the power: copies /srv's disk as it is at one moment, kills every program, and puts the copy in the disk's place.
 * What was not synced stayed in the page cache of the file system that is thrown away.
 */
export async function powerOff(slot: Slot, commitMetadata: boolean): Promise<void> {
  const disk = join(slot.folder, 'srv.ext4');
  const copy = `${disk}.copy`;
  await must(['tee', join(slot.cgroup, 'cgroup.freeze')], { input: '1' });
  if (commitMetadata) {
    // Commits the journal, and with it the metadata of every file, but no other file's data.
    const unrelated = join(slot.folder, 'srv', '.power-cut');
    await must(['dd', 'if=/dev/zero', `of=${unrelated}`, 'bs=1', 'count=1', 'conv=fsync', 'status=none']);
  }
  await must(['cp', '--sparse=always', disk, copy]);
  await killAll(slot);
  await must(['tee', join(slot.cgroup, 'cgroup.freeze')], { input: '0' });
  await must(['umount', '--lazy', join(slot.folder, 'srv')]);
  await rename(copy, disk);
  await mountSrv(slot);
  await must(['rm', '-f', join(slot.folder, 'srv', '.power-cut')]);
}

/** Makes the host's own sshd keys, of two types. @returns its known_hosts lines */
export async function makeHostKeys(slot: Slot, address: string): Promise<string[]> {
  const folder = join(slot.folder, 'root/etc/ssh');
  for (const type of ['ed25519', 'ecdsa']) {
    const file = join(folder, `ssh_host_${type}_key`);
    await must(['ssh-keygen', '-q', '-t', type, '-N', '', '-C', '', '-f', file]);
  }
  const names = (await readdir(folder)).filter((name) => name.endsWith('_key.pub')).sort();
  const keys = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return keys.map((key) => `${address} ${key.trim()}`);
}

/** The names a machine knows itself by: sudo looks its own up at each call. */
export async function nameMachine(slot: Slot): Promise<void> {
  const etc = join(slot.folder, 'root/etc');
  await writeFile(join(etc, 'hostname'), `${slot.name}\n`);
  await writeFile(join(etc, 'hosts'), `127.0.0.1 localhost\n127.0.1.1 ${slot.name}\n`);
}

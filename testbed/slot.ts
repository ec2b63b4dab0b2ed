import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquire, type Lock } from './lock.ts';
import { must, run } from './process.ts';

const SLOTS = '/run/graceful-testbed';
const COUNT = 200;

/** Where the unified hierarchy is mounted: apart on a hybrid machine, as the whole on a newer one. */
export const CGROUPS = existsSync('/sys/fs/cgroup/unified') ? '/sys/fs/cgroup/unified' : '/sys/fs/cgroup';

/**
 * A number on this machine that is ours alone, and all that hangs on it: a machine name, a folder in memory, a network
 * and a control group. Whoever holds the lock owns the slot; what a dead owner left there is cleared by the next one.
 */
export interface Slot {
  readonly number: number;
  /** `gr-<number>`: the machine, its network namespace and its control group. */
  readonly name: string;
  /** A tmpfs of its own. */
  readonly folder: string;
  readonly cgroup: string;
  readonly lock: Lock;
}

/** Takes a free slot and gives it its folder. Clears what dead test processes left in any other one on the way. */
export async function takeSlot(): Promise<Slot> {
  await mkdir(SLOTS, { recursive: true });
  let mine: Slot | undefined;
  for (let number = 0; number < COUNT; number++) {
    const used = existsSync(join(SLOTS, String(number)));
    if (mine !== undefined && !used) continue;
    const lock = await acquire(join(SLOTS, `${number}.lock`), false);
    if (lock === undefined) continue;
    const name = `gr-${number}`;
    const slot: Slot = { number, name, folder: join(SLOTS, String(number)), cgroup: join(CGROUPS, name), lock };
    if (used) await clear(slot);
    if (mine === undefined) mine = slot;
    else await lock[Symbol.asyncDispose]();
  }
  if (mine === undefined) throw new Error(`all ${COUNT} slots for test hosts are taken (${SLOTS})`);
  await mkdir(mine.folder);
  await must(['mount', '-t', 'tmpfs', '-o', 'mode=0755', mine.name, mine.folder]);
  await mkdir(mine.cgroup, { recursive: true });
  return mine;
}

/** Kills what runs in the slot, removes its mounts, network and folder, and gives the number back. */
export async function freeSlot(slot: Slot): Promise<void> {
  await clear(slot);
  await slot.lock[Symbol.asyncDispose]();
}

/** SIGKILL to everything in the slot's control group, frozen or not; returns when nothing of it is left. */
export async function killAll(slot: Slot): Promise<void> {
  if (!existsSync(slot.cgroup)) return;
  await must(['tee', join(slot.cgroup, 'cgroup.kill')], { input: '1' });
  await allEnded(slot, 10_000);
}

/** Waits until nothing of the slot's control group is left. @throws Error after `timeout` milliseconds */
export async function allEnded(slot: Slot, timeout: number): Promise<void> {
  await until(`${slot.name}: its programs end`, timeout, async () =>
    (await readFile(join(slot.cgroup, 'cgroup.events'), 'utf8')).includes('populated 0'),
  );
}

/** Waits until `done` says yes, asking every 10 ms. @throws Error naming `what` after `timeout` milliseconds. */
export async function until(what: string, timeout: number, done: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + timeout;
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${timeout} ms`);
    await sleep(10);
  }
}

async function clear(slot: Slot): Promise<void> {
  await killAll(slot);
  if (existsSync(slot.cgroup)) await must(['find', slot.cgroup, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
  await run(['ip', 'netns', 'delete', slot.name]);
  await run(['ip', 'link', 'delete', `ve-${slot.name}`]);
  if ((await run(['mountpoint', '--quiet', slot.folder])).code === 0) {
    // Lazily: a machine that boots at this moment holds a copy of all our mounts until it has left them behind.
    await must(['umount', '--recursive', '--lazy', slot.folder]);
  }
  await must(['rmdir', slot.folder]);
}

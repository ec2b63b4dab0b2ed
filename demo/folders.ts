import { chmod, mkdtemp, readdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { acquire } from '../testbed/lock.ts';

/** Short, as the paths of sockets below have to fit in 107 bytes; and open to every user, as not every TMPDIR is. */
const DISK = '/tmp';
/** Written fast and gone at once, where programs may run there. (As root the demo mounts its own.) */
const MEMORY = '/dev/shm';
/** What a demo takes, with room to spare; bytes. */
const ROOM = 500_000_000;
/** Demos under one mark know nothing of those under another: a test's of none of yours. */
const PREFIX = `graceful-demo-${process.env['GRACEFUL_DEMO_MARK'] ?? ''}`;
/** A folder that is younger (milliseconds) may be about to be locked by the demo that made it. */
const SETTLED = 60_000;

/** Makes the folder that one demo lives in, with everything of it. It can be passed through, not listed, by others. */
export async function makeFolder(): Promise<string> {
  const inMemory = process.getuid?.() !== 0 && (await isRoomy());
  const folder = await mkdtemp(join(inMemory ? MEMORY : DISK, PREFIX));
  await chmod(folder, 0o711);
  return folder;
}

async function isRoomy(): Promise<boolean> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  const [, , type, options = 'noexec'] = mounts.findLast(([, target]) => target === MEMORY) ?? [];
  if (type !== 'tmpfs' || options.split(',').includes('noexec')) return false;
  const { bavail, bsize } = await statfs(MEMORY);
  return bavail * bsize > ROOM;
}

/** Folders of this user's demos, running or not. */
export async function ownFolders(): Promise<string[]> {
  const names = async (parent: string) =>
    (await readdir(parent).catch(() => [])).filter(isDemo).map((name) => join(parent, name));
  const folders = [...(await names(DISK)), ...(await names(MEMORY))];
  const mine = await Promise.all(folders.map(async (path) => (await uidOf(path)) === process.getuid?.()));
  return folders.filter((_, index) => mine[index]);
}

/** mkdtemp adds six characters. */
function isDemo(name: string): boolean {
  return name.startsWith(PREFIX) && name.length === PREFIX.length + 6;
}

async function uidOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.uid;
}

/** Removes what demos left that could not tidy up themselves (the machine was switched off). */
export async function sweep(): Promise<void> {
  for (const folder of await ownFolders()) {
    const made = (await stat(folder).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - made < SETTLED) continue;
    // Whoever runs holds it.
    await using lock = await acquire(join(folder, 'lock'), false);
    if (lock !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { acquire } from '../testbed/lock.ts';

/** Short, as the paths of sockets below have to fit in 107 bytes; and open to every user, as not every TMPDIR is. */
const PARENT = '/tmp';
const PREFIX = 'graceful-demo-';
/** A folder that is younger (milliseconds) may be about to be locked by the demo that made it. */
const SETTLED = 60_000;

/** Makes the folder that one demo lives in, with everything of it. It can be passed through, not listed, by others. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(PARENT, PREFIX));
  await chmod(folder, 0o711);
  return folder;
}

/** Folders of this user's demos, running or not. */
export async function ownFolders(): Promise<string[]> {
  const folders = (await readdir(PARENT)).filter((name) => name.startsWith(PREFIX)).map((name) => join(PARENT, name));
  const mine = await Promise.all(folders.map(async (path) => (await uidOf(path)) === process.getuid?.()));
  return folders.filter((_, index) => mine[index]);
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

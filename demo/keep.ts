import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { acquire } from '../testbed/lock.ts';
import { until } from '../testbed/slot.ts';
import { ownFolders } from './folders.ts';

/** How long the end of a demo may take, milliseconds. */
const END = 60_000;

const socketOf = (folder: string): string => join(folder, 'stop');

/** Waits until somebody asks for the end of this demo. */
export async function untilStopped(folder: string): Promise<void> {
  const server = createServer();
  server.listen(socketOf(folder));
  await once(server, 'connection');
}

/** True where a demo of this user was left running. (Asking it by its socket would end it.) */
export async function isKept(): Promise<boolean> {
  for (const folder of await ownFolders()) {
    if ((await stat(socketOf(folder)).catch(() => undefined)) === undefined) continue;
    await using lock = await acquire(join(folder, 'lock'), false);
    if (lock === undefined) return true;
  }
  return false;
}

/** Ends the demos that this user has left running. @returns what to tell about it */
export async function stopKept(): Promise<string> {
  const kept = (
    await Promise.all((await ownFolders()).map(async (folder) => ((await ask(folder)) ? [folder] : [])))
  ).flat();
  for (const folder of kept) {
    await until(`the end of ${folder}`, END, async () => (await stat(folder).catch(() => undefined)) === undefined);
  }
  return kept.length === 0 ? 'demo: none of yours is running' : 'demo: stopped; nothing of it is left';
}

async function ask(folder: string): Promise<boolean> {
  const socket = connect(socketOf(folder));
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // No demo, or one that is at its story still and ends by itself.
    return false;
  } finally {
    socket.destroy();
  }
}

/** What is kept on this machine between runs. */
import { rm, stat, utimes } from 'node:fs/promises';
import { codeOf, messageOf } from '../errors.ts';

/** Entries on this machine that nobody used for so long are removed. */
export const KEPT_MS = 30 * 24 * 3600 * 1000;

/**
 * Reads what is kept at a path, and notes that it was used. Null where there is none, or it is damaged: then it is told, and gone.
 *
 * @param what - names it in the notice: `environment`
 * @param read - throws when it is not whole; null where it is not the one that is wanted
 */
export async function readKept<T>(
  path: string,
  what: string,
  notices: string[],
  read: () => Promise<T | null>,
): Promise<T | null> {
  try {
    await stat(path);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
  try {
    const found = await read();
    if (found !== null) await noteUse(path);
    return found;
  } catch (thrown) {
    notices.push(`the kept ${what} ${path} is damaged and is made anew: ${messageOf(thrown)}`);
    await rm(path, { recursive: true, force: true });
    return null;
  }
}

/** Notes that what is kept at a path was used now. */
export async function noteUse(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

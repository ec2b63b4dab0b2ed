/** Bytecode that is kept on this machine: each unit's in a file of its own, by what it is made from. */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { KEPT_MS } from './kept.ts';

const DIGEST_BYTES = 32;

const DAY_MS = 24 * 3600 * 1000;

const digestOf = (content: Buffer): Buffer => createHash('sha256').update(content).digest();

/** What is kept under a name; null where there is nothing, or it is damaged: it is then made anew, and takes its place. */
export function keptBytecode(folder: string, name: string): Buffer | null {
  const path = join(folder, name);
  try {
    const whole = readFileSync(path);
    const content = whole.subarray(DIGEST_BYTES);
    if (!digestOf(content).equals(whole.subarray(0, DIGEST_BYTES))) return null;
    const now = new Date();
    utimesSync(path, now, now);
    return content;
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

/** Keeps it by one rename: another run may do the same at this moment. */
export function keepBytecode(folder: string, name: string, content: Buffer): void {
  const fresh = join(folder, `${name}.${randomUUID()}`);
  writeFileSync(fresh, Buffer.concat([digestOf(content), content]));
  renameSync(fresh, join(folder, name));
}

/** What nobody used for long, and what killed runs have left; once a day, as there are thousands. */
export async function pruneBytecode(folder: string): Promise<void> {
  // Its time is that of the last look.
  const stamp = `${folder}.pruned`;
  const before = await stat(stamp).catch(() => null);
  if (before !== null && Date.now() - before.mtimeMs < DAY_MS) return;
  await writeFile(stamp, '');
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const used = await stat(path).catch(() => null);
    if (used !== null && Date.now() - used.mtimeMs > KEPT_MS) await rm(path, { force: true });
  }
}

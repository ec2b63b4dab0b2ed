import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

export interface Tool {
  /** For the line that says what is installed. */
  readonly name: string;
  /** Text that names every version in it. */
  readonly pins: string;
  /** Fills an empty folder. */
  readonly make: (folder: string) => void;
  /** False when what is there no longer runs, because the machine has changed. */
  readonly works: (folder: string) => boolean;
}

/** Names every file of a folder that is whole; the last thing that is written there. */
const WHOLE = 'whole';

/**
 * Folder of tools at their pinned versions, outside the checkout, so that every clone shares it. Made when missing, in a
 * folder of its own that is renamed when whole: one that was begun and not finished is never used, and one that lost
 * files is made anew.
 */
export function toolFolder({ name, pins, make, works }: Tool): string {
  const hash = createHash('sha256').update(pins).digest('hex').slice(0, 12);
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'graceful-dev', hash);
  const isGood = () => isWhole(folder) && works(folder);
  if (isGood()) return folder;
  console.log(`installing ${name} in ${folder}`);
  removeUnfinished(folder);
  const making = `${folder}.${process.pid}`;
  try {
    mkdirSync(making, { recursive: true });
    make(making);
    const files = readdirSync(making, { recursive: true, encoding: 'utf8' });
    writeFileSync(join(making, WHOLE), files.join('\n'));
    // Another process may have been quicker, and be using it already.
    if (!isGood()) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(making, folder);
    }
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}

function isWhole(folder: string): boolean {
  if (!existsSync(join(folder, WHOLE))) return false;
  const files = readFileSync(join(folder, WHOLE), 'utf8').split('\n');
  return files.every((file) => lstatSync(join(folder, file), { throwIfNoEntry: false }) !== undefined);
}

/** Removes what processes left that were killed while they made this folder. */
function removeUnfinished(folder: string): void {
  if (!existsSync(dirname(folder))) return;
  for (const entry of readdirSync(dirname(folder))) {
    const [name, pid] = entry.split('.');
    if (name !== basename(folder) || pid === undefined) continue;
    if (Number(pid) === process.pid || !existsSync(`/proc/${pid}`))
      rmSync(join(dirname(folder), entry), { recursive: true, force: true });
  }
}

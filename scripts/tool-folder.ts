import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

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

/**
 * Folder of tools at their pinned versions, outside the checkout, so that every clone shares it. Made when missing, in a
 * folder of its own that is renamed when whole: one that was begun and not finished is never used.
 */
export function toolFolder({ name, pins, make, works }: Tool): string {
  const hash = createHash('sha256').update(pins).digest('hex').slice(0, 12);
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'graceful-dev', hash);
  if (existsSync(join(folder, 'whole')) && works(folder)) return folder;
  console.log(`installing ${name} in ${folder}`);
  const making = `${folder}.${process.pid}`;
  try {
    mkdirSync(making, { recursive: true });
    make(making);
    writeFileSync(join(making, 'whole'), '');
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}

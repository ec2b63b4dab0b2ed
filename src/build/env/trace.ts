import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../errors.ts';
import { turns } from '../turns.ts';

/** Files are searched in pieces of this size: libraries can have hundreds of MB. */
const PIECE_BYTES = 1024 * 1024;

/** Refuses an environment that holds the path of its own folder. @throws BuildError naming the first file */
export async function assertNoTrace(folder: string, files: readonly string[]): Promise<void> {
  const needle = Buffer.from(folder);
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  const turn = turns();
  for (const path of files) {
    await turn();
    if (!holds(join(folder, path), needle, piece)) continue;
    throw new BuildError(`${path} in the environment holds the folder it was built in (${folder})`, {
      mend: 'that package writes its own path when it is installed and would not run on the host; use a wheel of it, or another version',
    });
  }
}

/** Whether a file holds these bytes. `piece` is room to read into. */
function holds(path: string, needle: Buffer, piece: Buffer): boolean {
  const file = openSync(path, 'r');
  try {
    for (let kept = 0; ; ) {
      const length = readSync(file, piece, kept, piece.length - kept, null);
      if (length === 0) return false;
      const filled = kept + length;
      if (piece.subarray(0, filled).includes(needle)) return true;
      // It may begin in this piece and end in the next.
      kept = Math.min(filled, needle.length - 1);
      piece.copy(piece, 0, filled - kept, filled);
    }
  } finally {
    closeSync(file);
  }
}

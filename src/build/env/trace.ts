import { BuildError } from '../errors.ts';
import type { Reading } from '../manifest.ts';

/**
 * Looks for the path of an environment's own folder in all files that are read, piece by piece.
 * @returns what throws a BuildError naming the first file that holds it
 */
export function refuseTrace(folder: string): NonNullable<Reading['inspect']> {
  const needle = Buffer.from(folder);
  const room = needle.length - 1;
  /** The end of the piece before: it may begin there, and end in the next. */
  let end = Buffer.alloc(0);
  return (path, piece, first) => {
    const across = first ? null : Buffer.concat([end, piece.subarray(0, room)]);
    if (piece.includes(needle) || across?.includes(needle) === true) {
      throw new BuildError(`${path} in the environment holds the folder it was built in (${folder})`, {
        mend: 'that package writes its own path when it is installed and would not run on the host; use a wheel of it, or another version',
      });
    }
    // A copy: the piece is read into again.
    end = Buffer.from((across === null || piece.length >= room ? piece : Buffer.concat([end, piece])).subarray(-room));
  };
}

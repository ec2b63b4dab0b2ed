import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Lines of a piece on average: a changed file costs about so many lines, a tree that is known 8 bytes for each piece. */
const LINES = 32;
/** Enough for telling the pieces of one tree apart; what is put together from them is checked by the tree's digest. */
const ID_BYTES = 8;

/** Some lines of a manifest in a row. */
export interface Piece {
  /** The first bytes of the SHA-256 of its text, hex. */
  id: string;
  text: string;
}

/**
 * Cuts a manifest into pieces whose borders depend on the lines alone: a line that comes or goes leaves all pieces but its own as
 * they were. The host cuts the same way (`store/pieces.py`). Pure.
 */
export function piecesOf(manifest: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let start = 0; start < manifest.length; ) {
    const end = manifest.indexOf('\n', start) + 1 || manifest.length;
    if (crc32(manifest.slice(start, end)) % LINES === 0 || end === manifest.length) {
      const text = manifest.slice(from, end);
      pieces.push({
        id: createHash('sha256')
          .update(text)
          .digest('hex')
          .slice(0, 2 * ID_BYTES),
        text,
      });
      from = end;
    }
    start = end;
  }
  return pieces;
}

/** The ids of pieces as the host tells them: joined, base64. Pure. */
export function pieceIds(told: string): string[] {
  const hex = Buffer.from(told, 'base64').toString('hex');
  return Array.from({ length: hex.length / (2 * ID_BYTES) }, (_, index) =>
    hex.slice(2 * ID_BYTES * index, 2 * ID_BYTES * (index + 1)),
  );
}

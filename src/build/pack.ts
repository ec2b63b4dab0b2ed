import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createDeflate } from 'node:zlib';
import type { Lacks } from '../protocol/messages.ts';
import { BuildError } from './errors.ts';
import type { Tree } from './manifest.ts';

/** A tree with its place in a release. */
export interface PackTree {
  kind: 'code' | 'static' | 'config' | 'env';
  tree: Tree;
}

/** Small files are joined up to this size before they are compressed: each piece costs a turn through zlib's thread. */
const PIECE_BYTES = 256 * 1024;

/** Larger files are read in pieces instead of whole. */
const WHOLE_BYTES = 1024 * 1024;

/** Those of the trees that the host lacks. Pure. */
export function lacking(trees: readonly PackTree[], lacks: Pick<Lacks, 'trees' | 'env'>): PackTree[] {
  return trees.filter(({ kind, tree }) => (kind === 'env' ? lacks.env : lacks.trees.includes(tree.manifest.digest)));
}

/**
 * One pack as a zlib stream: the manifests of the trees, then every object once, whichever trees it is in. Read as fast as
 * the stream is consumed, in bounded memory.
 *
 * Emits `error` with a BuildError when a file is no longer what its manifest says.
 */
export function packStream(trees: readonly PackTree[], level = 6): Readable {
  const deflate = createDeflate({ level });
  // The callback is needed for errors to reach the deflate stream; whoever reads it sees them there.
  return pipeline(Readable.from(joined(records(trees)), { objectMode: false }), deflate, () => undefined);
}

async function* records(trees: readonly PackTree[]): AsyncGenerator<Buffer> {
  for (const { kind, tree } of trees) {
    const manifest = Buffer.from(tree.manifest.text);
    yield head({ tree: { kind, digest: tree.manifest.digest, bytes: manifest.length } });
    yield manifest;
  }
  const sent = new Set<string>();
  for (const { tree } of trees) {
    for (const entry of tree.manifest.entries) {
      if (entry.kind === 'link') continue;
      const key = `${entry.sha256} ${entry.kind}`;
      if (sent.has(key)) continue;
      sent.add(key);
      yield head({ object: { sha256: entry.sha256, executable: entry.kind === 'exec', bytes: entry.bytes } });
      yield* content(join(tree.folder, entry.path), entry.bytes);
    }
  }
  yield head({ end: true });
}

function head(record: object): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

async function* content(path: string, bytes: number): AsyncGenerator<Buffer> {
  let read = 0;
  if (bytes <= WHOLE_BYTES) {
    const whole = await readFile(path);
    read = whole.length;
    yield whole;
  } else {
    for await (const chunk of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
      read += chunk.length;
      yield chunk;
    }
  }
  // A wrong length would make the host read the rest as something else.
  if (read !== bytes) {
    throw new BuildError(`${path} changed while it was sent: ${bytes} bytes became ${read}`, {
      mend: 'run again; let nothing else write there',
    });
  }
}

async function* joined(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    pending.push(chunk);
    bytes += chunk.length;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(pending);
    pending = [];
    bytes = 0;
  }
  yield Buffer.concat(pending);
}

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createDeflate, createZstdCompress } from 'node:zlib';
import { BuildError } from '../build/errors.ts';
import type { Tree } from '../build/manifest.ts';
import type { Compression, TreeKind } from '../protocol/messages.ts';

/** A tree with its place in a release. */
export interface PackTree {
  kind: TreeKind;
  tree: Tree;
}

/** A file's content as the store keeps it, once for all files that have it. */
export interface PackObject {
  sha256: string;
  executable: boolean;
  bytes: number;
  /** Where one of its files lies. */
  path: string;
}

/** Small files are joined up to this size before they are compressed: each piece costs a turn through zlib's thread. */
const PIECE_BYTES = 256 * 1024;

/** Larger files are read in pieces instead of whole. */
const WHOLE_BYTES = 1024 * 1024;

/** Every object of the trees once, whichever of them it is in, in the order of their manifests. Pure. */
export function objectsOf(trees: readonly PackTree[]): PackObject[] {
  const objects = new Map<string, PackObject>();
  for (const { tree } of trees) {
    for (const entry of tree.manifest.entries) {
      if (entry.kind === 'link') continue;
      const { sha256, bytes, path, kind } = entry;
      const key = `${sha256} ${kind}`;
      if (objects.has(key)) continue;
      objects.set(key, { sha256, bytes, executable: kind === 'exec', path: join(tree.folder, path) });
    }
  }
  return [...objects.values()];
}

/**
 * Whole trees as one pack: their manifests, then their objects. Read as fast as the stream is consumed, in bounded memory.
 *
 * Emits `error` with a BuildError when a file is no longer what its manifest says.
 */
export function packStream(trees: readonly PackTree[]): Readable {
  const heads = trees.map(({ kind, tree: { manifest } }) => ({
    head: { tree: { kind, digest: manifest.digest, bytes: Buffer.byteLength(manifest.text) } },
    text: manifest.text,
  }));
  return compressed(heads, objectsOf(trees));
}

/** Objects alone, as a pack. See `packStream`. */
export function objectStream(objects: readonly PackObject[], compression: Compression): Readable {
  return compressed([], objects, compression);
}

/** Records with their texts alone, as a pack. */
export function textStream(texts: readonly TextRecord[]): Readable {
  return compressed(texts, []);
}

/** A record whose content is a text. */
export interface TextRecord {
  head: object;
  text: string;
}

function compressed(
  texts: readonly TextRecord[],
  objects: readonly PackObject[],
  compression: Compression = 'zlib',
): Readable {
  const source = Readable.from(joined(records(texts, objects)), { objectMode: false });
  // With their usual levels both give the same bytes each time.
  const compress = compression === 'zstd' ? createZstdCompress() : createDeflate();
  // The callback is needed for errors to reach the compressing stream; whoever reads it sees them there.
  return pipeline(source, compress, () => undefined);
}

async function* records(texts: readonly TextRecord[], objects: readonly PackObject[]): AsyncGenerator<Buffer> {
  for (const { head, text } of texts) {
    yield line(head);
    yield Buffer.from(text);
  }
  for (const { sha256, executable, bytes, path } of objects) {
    yield line({ object: { sha256, executable, bytes } });
    yield* content(path, bytes);
  }
  yield line({ end: true });
}

function line(record: object): Buffer {
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

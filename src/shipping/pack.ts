import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { createDeflate, createZstdCompress, type Deflate, type ZstdCompress } from 'node:zlib';
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

/** What is compressed at once: each piece costs a turn through zlib's thread. */
const PIECE_BYTES = 256 * 1024;

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

/** A pack that tells how far it is. */
export interface PackStream extends AsyncIterable<Uint8Array> {
  /** Which part of the content the first `read` bytes hold, from 0 to 1, as far as that can be told. */
  part(read: number): number;
}

/** Objects alone, as a pack. See `packStream`. */
export function objectStream(objects: readonly PackObject[], compression: Compression): PackStream {
  const stream = compressed([], objects, compression);
  const whole = objects.reduce((sum, { bytes }) => sum + bytes, 0);
  // Little is read ahead: what is compressed is about what was read.
  const part = () => (whole === 0 ? 1 : Math.min(1, stream.bytesWritten / whole));
  return { [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](), part };
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
): Deflate | ZstdCompress {
  // With their usual levels both give the same bytes each time.
  const stream = compression === 'zstd' ? createZstdCompress() : createDeflate();
  // Whoever reads the stream sees the error there, even who begins only after it.
  stream.on('error', () => undefined);
  feed(stream, texts, objects).catch((error: Error) => stream.destroy(error));
  return stream;
}

async function feed(stream: Writable, texts: readonly TextRecord[], objects: readonly PackObject[]): Promise<void> {
  const pieces = new Pieces(stream);
  for (const { head, text } of texts) {
    await pieces.add(line(head));
    await pieces.add(text);
  }
  for (const { sha256, executable, bytes, path } of objects) {
    await pieces.add(line({ object: { sha256, executable, bytes } }));
    const read = await pieces.addFile(path);
    // A wrong length would make the host read the rest as something else.
    if (read === bytes) continue;
    throw new BuildError(`${path} changed while it was sent: ${bytes} bytes became ${read}`, {
      mend: 'run again; let nothing else write there',
    });
  }
  await pieces.add(line({ end: true }));
  await pieces.end();
}

function line(record: object): string {
  return `${JSON.stringify(record)}\n`;
}

/**
 * Fills pieces of one size and hands them on: one is filled while the other is compressed. There are only these two, as a buffer for
 * each file would be garbage of hundreds of MB.
 */
class Pieces {
  readonly #stream: Writable;
  #piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  #filled = 0;
  #other = Buffer.allocUnsafeSlow(PIECE_BYTES);
  /** Ends when the other piece can be filled again. */
  #otherDone: Promise<unknown> = Promise.resolve();

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  async add(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    for (let from = 0; from < bytes.length; ) {
      const length = bytes.copy(this.#piece, this.#filled, from);
      from += length;
      await this.#added(length);
    }
  }

  /** Adds a file's content. @returns its length */
  async addFile(path: string): Promise<number> {
    const file = openSync(path, 'r');
    try {
      for (let bytes = 0; ; ) {
        const length = readSync(file, this.#piece, this.#filled, PIECE_BYTES - this.#filled, null);
        if (length === 0) return bytes;
        bytes += length;
        await this.#added(length);
      }
    } finally {
      closeSync(file);
    }
  }

  async end(): Promise<void> {
    await this.#flush();
    this.#stream.end();
  }

  async #added(length: number): Promise<void> {
    this.#filled += length;
    if (this.#filled === PIECE_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#stream.write(this.#piece.subarray(0, this.#filled), (error) => (error ? reject(error) : resolve()));
    // A failure is seen by whoever reads the stream; here it ends the next wait.
    promise.catch(() => undefined);
    await this.#otherDone;
    [this.#piece, this.#other, this.#otherDone, this.#filled] = [this.#other, this.#piece, promise, 0];
  }
}

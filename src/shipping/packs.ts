import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Compression } from '../protocol/messages.ts';
import { objectStream, type PackObject, type PackStream } from './pack.ts';

/** Where the compressed objects of a pack come from. */
export interface PackSource {
  open(objects: readonly PackObject[], compression: Compression): PackStream;
}

const READ_BYTES = 256 * 1024;

/**
 * Packs for several hosts: whoever lacks the same gets the same bytes, which are read and compressed once. They pass through a file in
 * `folder`, so that a slow host holds up no other one, and memory stays as it is.
 */
export class SharedPacks implements PackSource {
  readonly #folder: string;
  readonly #spools = new Map<string, Spool>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  open(objects: readonly PackObject[], compression: Compression): PackStream {
    const key = [compression, ...objects.map(({ sha256, executable }) => `${sha256}${executable ? 'x' : ''}`)].join();
    const path = join(this.#folder, `pack-${this.#spools.size}`);
    const spool = this.#spools.get(key) ?? new Spool(path, objectStream(objects, compression));
    this.#spools.set(key, spool);
    return { [Symbol.asyncIterator]: () => spool.read(), part: (read) => spool.part(read) };
  }

  /** Closes the files; they go with their folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#spools.values()].map((spool) => spool.close()));
  }
}

/** A stream that is written into a file once, and read from there as often as wanted, while it grows too. */
class Spool {
  readonly #source: PackStream;
  readonly #file: Promise<FileHandle>;
  readonly #written: Promise<void>;
  #bytes = 0;
  #failure: { cause: unknown } | undefined;
  #done = false;
  #closed = false;
  #news = Promise.withResolvers<void>();

  constructor(path: string, source: PackStream) {
    this.#source = source;
    this.#file = open(path, 'wx+', 0o600);
    this.#written = this.#write();
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const file = await this.#file;
    for (let at = 0; ; ) {
      const news = this.#news.promise;
      if (at < this.#bytes) {
        const chunk = Buffer.alloc(Math.min(READ_BYTES, this.#bytes - at));
        const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
        at += bytesRead;
        yield chunk.subarray(0, bytesRead);
      } else if (this.#failure !== undefined) throw this.#failure.cause;
      else if (this.#done) return;
      else await news;
    }
  }

  /** As of the source: of what is in the file a reader has so much, and of all content so much is in the file. */
  part(read: number): number {
    return this.#bytes === 0 ? 0 : (read / this.#bytes) * this.#source.part(this.#bytes);
  }

  /** Nobody reads any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#written;
    await this.#file.then(
      (file) => file.close(),
      () => {},
    );
  }

  /** Never rejects: whoever reads is told. */
  async #write(): Promise<void> {
    try {
      const file = await this.#file;
      for await (const chunk of this.#source) {
        if (this.#closed) break;
        await file.write(chunk, 0, chunk.length, this.#bytes);
        this.#bytes += chunk.length;
        this.#tell();
      }
    } catch (cause) {
      this.#failure = { cause };
    }
    this.#done = true;
    this.#tell();
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

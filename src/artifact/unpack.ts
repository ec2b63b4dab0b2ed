import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, open, symlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createInflate } from 'node:zlib';
import * as z from 'zod';
import { entriesIn, manifestFrom, staysInside, type Tree } from '../build/manifest.ts';
import type { PackTree } from '../shipping/pack.ts';

/** A header or a manifest that is longer is no pack of ours. */
const LINE_LIMIT = 64 * 1024;
const MANIFEST_LIMIT = 256 * 1024 * 1024;

const Kind = z.enum(['code', 'static', 'config', 'env']);
const Head = z.union([
  z.strictObject({
    tree: z.strictObject({ kind: Kind, digest: z.string(), bytes: z.int().min(0).max(MANIFEST_LIMIT) }),
  }),
  z.strictObject({ object: z.strictObject({ sha256: z.string(), executable: z.boolean(), bytes: z.int().min(0) }) }),
  z.strictObject({ end: z.literal(true) }),
]);

/**
 * Lays out the trees of a pack, each in a folder of its own below `into`, and checks every digest: the mirror of `packStream`. Memory
 * stays bounded, and nothing is written outside of the folders, whatever the pack holds.
 *
 * @throws Error for a pack that is damaged or not what it claims
 */
export async function unpack(pack: Readable, into: string): Promise<PackTree[]> {
  // The callback is needed for errors to reach the reader.
  const source = new Reader(pipeline(pack, createInflate(), () => undefined));
  const trees: PackTree[] = [];
  /** Where each object belongs that has not come yet. */
  const wanted = new Map<string, string[]>();
  for (;;) {
    const head = Head.parse(JSON.parse(await source.line()));
    if ('tree' in head) {
      const { kind, digest, bytes } = head.tree;
      const tree = treeOf(join(into, kind), digest, await source.whole(bytes));
      trees.push({ kind, tree });
      await makeFolders(tree);
      for (const entry of tree.manifest.entries) {
        if (entry.kind === 'link') continue;
        const key = `${entry.sha256} ${entry.kind} ${entry.bytes}`;
        wanted.set(key, [...(wanted.get(key) ?? []), join(tree.folder, entry.path)]);
      }
    } else if ('object' in head) {
      const { sha256, executable, bytes } = head.object;
      const key = `${sha256} ${executable ? 'exec' : 'file'} ${bytes}`;
      const places = wanted.get(key);
      if (places === undefined) throw new Error('it holds an object that none of its trees has');
      wanted.delete(key);
      await place(source, { sha256, bytes, mode: executable ? 0o755 : 0o644 }, places);
    } else break;
  }
  await source.finish();
  if (wanted.size > 0) throw new Error(`it lacks ${wanted.size} objects of its trees`);
  // Last, so that no file is written through one.
  for (const { tree } of trees) {
    for (const entry of tree.manifest.entries) {
      if (entry.kind === 'link') await symlink(entry.target, join(tree.folder, entry.path));
    }
  }
  return trees;
}

function treeOf(folder: string, digest: string, text: Buffer): Tree {
  const entries = entriesIn(text.toString('utf8'));
  for (const entry of entries) {
    if (!isSafe(entry.path) || (entry.kind === 'link' && !staysInside(entry.path, entry.target))) {
      throw new Error(`it holds the path ${JSON.stringify(entry.path)}, which leads out of its folder`);
    }
  }
  const manifest = manifestFrom(entries);
  if (manifest.digest !== digest || manifest.text !== text.toString('utf8')) {
    throw new Error(`the manifest ${digest} is not what its digest says`);
  }
  return { folder, manifest };
}

function isSafe(path: string): boolean {
  const parts = path.split('/');
  return !path.includes('\0') && !parts.some((part) => part === '' || part === '.' || part === '..');
}

async function makeFolders({ folder, manifest }: Tree): Promise<void> {
  const folders = new Set(manifest.entries.map(({ path }) => posix.dirname(path)));
  await mkdir(folder);
  for (const each of folders) await mkdir(join(folder, each), { recursive: true });
}

async function place(
  source: Reader,
  object: { sha256: string; bytes: number; mode: number },
  [first = '', ...more]: readonly string[],
): Promise<void> {
  const hash = createHash('sha256');
  {
    await using file = await open(first, 'wx');
    for await (const piece of source.run(object.bytes)) {
      hash.update(piece);
      await file.writeFile(piece);
    }
  }
  if (hash.digest('hex') !== object.sha256) throw new Error(`the object ${object.sha256} is not what its digest says`);
  for (const other of more) await copyFile(first, other);
  for (const path of [first, ...more]) await chmod(path, object.mode);
}

/** Lines and runs of bytes of a stream. */
class Reader {
  readonly #pieces: AsyncIterator<Buffer>;
  #ahead: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#pieces = source[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    let end = this.#ahead.indexOf(10);
    while (end < 0) {
      if (this.#ahead.length > LINE_LIMIT) throw new Error('it is no pack');
      this.#ahead = Buffer.concat([this.#ahead, await this.#more()]);
      end = this.#ahead.indexOf(10);
    }
    return this.#take(end + 1).toString('utf8');
  }

  async *run(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (this.#ahead.length === 0) this.#ahead = await this.#more();
      const piece = this.#take(Math.min(left, this.#ahead.length));
      left -= piece.length;
      yield piece;
    }
  }

  async whole(bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.run(bytes)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async finish(): Promise<void> {
    if (this.#ahead.length > 0 || (await this.#pieces.next()).done !== true)
      throw new Error('it goes on after its end');
  }

  async #more(): Promise<Buffer> {
    const next = await this.#pieces.next();
    if (next.done === true) throw new Error('it ends too early');
    return next.value;
  }

  #take(bytes: number): Buffer {
    const taken = this.#ahead.subarray(0, bytes);
    this.#ahead = this.#ahead.subarray(bytes);
    return taken;
  }
}

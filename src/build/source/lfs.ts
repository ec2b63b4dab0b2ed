import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, open, readdir, stat } from 'node:fs/promises';
import { join, posix, resolve } from 'node:path';
import { BuildError, codeOf } from '../errors.ts';
import { git, listed } from './git.ts';

/** A pointer is three short lines. */
const POINTER_BYTES = 1024;
const VERSION = 'version https://git-lfs.github.com/spec/v1\n';

/** So much of a command line is paths: the kernel takes no argv above 2 MiB, with the environment. */
const ARGV_BYTES = 100 * 1024;

/** What stands in the commit in place of a large file. */
export interface Pointer {
  /** SHA-256 of the content, hex. */
  oid: string;
  bytes: number;
}

/** A pointer of git LFS in the text of a file, or null. Pure. */
function pointerIn(text: string): Pointer | null {
  if (!text.startsWith(VERSION)) return null;
  const oid = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1];
  const bytes = /^size (\d+)$/m.exec(text)?.[1];
  return oid === undefined || bytes === undefined ? null : { oid, bytes: Number(bytes) };
}

/**
 * Puts the content of LFS files in place of their pointers, from what the checkout has fetched. git-lfs itself is not needed for
 * that; where it is set up, git has done so already.
 *
 * @param folder - the files of a commit of the checkout
 * @param at - path of the checkout in the outermost one, for messages
 * @throws BuildError naming the files whose content was not fetched
 */
export async function fetchFiles(checkout: string, folder: string, at: string): Promise<void> {
  const pointers = await pointersBelow(folder);
  if (pointers.length === 0) return;
  const tracked = await filtered(
    checkout,
    pointers.map(({ path }) => path),
  );
  const common = (await git(checkout, ['rev-parse', '--git-common-dir'])).stdout.trim();
  const store = join(resolve(checkout, common), 'lfs', 'objects');
  const missing: string[] = [];
  for (const { path, pointer } of pointers) {
    if (!tracked.has(path)) continue;
    const { oid } = pointer;
    const places = [join(store, oid.slice(0, 2), oid.slice(2, 4), oid), join(checkout, path)];
    const place = await firstWith(places, pointer);
    if (place === null) missing.push(posix.join(at, path));
    else {
      const { mode } = await stat(join(folder, path));
      await copyFile(place, join(folder, path));
      await chmod(join(folder, path), mode);
    }
  }
  if (missing.length === 0) return;
  throw new BuildError(`the content of files that git LFS keeps was not fetched: ${listed(missing)}`, {
    mend: 'fetch it: actions/checkout with "lfs: true", or git lfs pull; what the site does not need is left out by `exclude` in graceful.yml',
    ...(missing[0] === undefined ? {} : { place: { file: missing[0] } }),
  });
}

async function pointersBelow(folder: string): Promise<{ path: string; pointer: Pointer }[]> {
  const found: { path: string; pointer: Pointer }[] = [];
  for (const item of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue;
    const full = join(item.parentPath, item.name);
    const pointer = pointerIn(await beginning(full));
    if (pointer !== null) found.push({ path: posix.relative(folder, full), pointer });
  }
  return found;
}

async function beginning(file: string): Promise<string> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(POINTER_BYTES) });
  return buffer.toString('utf8', 0, bytesRead);
}

/** Those that LFS keeps: a file may speak of pointers without being one. */
async function filtered(checkout: string, paths: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const some of batchesOf(paths, ARGV_BYTES)) {
    const { stdout } = await git(checkout, ['check-attr', '-z', 'filter', '--', ...some]);
    const words = stdout.split('\0');
    for (let at = 0; at + 2 < words.length; at += 3) if (words[at + 2] === 'lfs') found.add(words[at] ?? '');
  }
  return found;
}

/** The paths in their order, as many together as have no more bytes than that. Pure. */
export function batchesOf(paths: readonly string[], most: number): string[][] {
  const batches: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const path of paths) {
    const own = Buffer.byteLength(path) + 1;
    if (bytes + own > most) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(path);
    bytes += own;
  }
  return batches;
}

async function firstWith(places: readonly string[], pointer: Pointer): Promise<string | null> {
  for (const place of places) {
    try {
      if ((await stat(place)).size !== pointer.bytes) continue;
      if ((await digestOf(place)) === pointer.oid) return place;
    } catch (thrown) {
      if (codeOf(thrown) !== 'ENOENT') throw thrown;
    }
  }
  return null;
}

/** In pieces: LFS is there for files that are large. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece);
  return hash.digest('hex');
}

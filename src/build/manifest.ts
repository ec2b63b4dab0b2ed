import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { BuildError, codeOf } from './errors.ts';

/** One line of a manifest; `path` and `target` with `/`, relative to the tree's top. */
export type Entry =
  | { kind: 'file' | 'exec'; sha256: string; bytes: number; path: string }
  | { kind: 'link'; target: string; path: string };

/** All that is in a tree, and its name. Empty folders are not in it. */
export interface Manifest {
  /** One JSON array a line, sorted by the UTF-8 bytes of the path, each line ended by a newline. */
  text: string;
  /** SHA-256 of the text, lower-case hex: the name of the tree. */
  digest: string;
  entries: Entry[];
}

/** A set of files on disk together with its manifest. */
export interface Tree {
  folder: string;
  manifest: Manifest;
}

/** Files read at the same time: hides the disk's waiting, and stays far below the limit of open files. */
const CONCURRENCY = 16;

/** Larger files are hashed as a stream instead of being read whole. */
const WHOLE_BYTES = 4 * 1024 * 1024;

/**
 * Reads a folder and writes its manifest.
 *
 * @param what - the tree's name in errors (`the source tree`)
 * @throws BuildError naming the path for anything but files, folders and links that stay inside, and for names that are
 *   not UTF-8
 */
export async function manifestOf(folder: string, what: string): Promise<Tree> {
  const top = await realpath(folder);
  const found: { path: string; link: boolean }[] = [];
  await walk(top, '', what, found);
  const entries = new Array<Entry>(found.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < found.length; index = next++) {
      const item = found[index];
      if (item === undefined) return;
      entries[index] = item.link ? await linkEntry(top, item.path, what) : await fileEntry(top, item.path);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return { folder, manifest: manifestFrom(entries) };
}

/** The manifest of entries in any order. Pure. */
export function manifestFrom(entries: readonly Entry[]): Manifest {
  const keyed = entries.map((entry) => ({ entry, key: Buffer.from(entry.path) }));
  // Not the strings' own order: UTF-16 code units sort otherwise than UTF-8 bytes above U+FFFF.
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  const sorted = keyed.map(({ entry }) => entry);
  const text = sorted.map((entry) => `${JSON.stringify(lineOf(entry))}\n`).join('');
  return { text, digest: createHash('sha256').update(text).digest('hex'), entries: sorted };
}

function lineOf(entry: Entry): (string | number)[] {
  if (entry.kind === 'link') return ['link', entry.target, entry.path];
  return [entry.kind, entry.sha256, entry.bytes, entry.path];
}

async function walk(top: string, path: string, what: string, found: { path: string; link: boolean }[]): Promise<void> {
  // Names as bytes: decoded as strings, a name that is not UTF-8 would silently become another one.
  const names: Dirent<Buffer>[] = await readdir(join(top, path), { withFileTypes: true, encoding: 'buffer' });
  for (const item of names) {
    const name = item.name.toString('utf8');
    const child = path === '' ? name : `${path}/${name}`;
    if (!Buffer.from(name).equals(item.name)) {
      throw new BuildError(`${what}: the name of ${JSON.stringify(child)} is not UTF-8`, {
        mend: 'rename it: names of files must be UTF-8 to mean the same on every host',
        place: { file: child },
      });
    }
    if (item.isDirectory()) await walk(top, child, what, found);
    else if (item.isFile() || item.isSymbolicLink()) found.push({ path: child, link: item.isSymbolicLink() });
    else {
      throw new BuildError(`${what}: ${child} is neither a file nor a folder nor a symbolic link`, {
        mend: 'remove it: sockets, pipes and devices cannot be part of a release',
        place: { file: child },
      });
    }
  }
}

async function fileEntry(top: string, path: string): Promise<Entry> {
  const full = join(top, path);
  const status = await lstat(full);
  const kind = (status.mode & 0o100) === 0 ? 'file' : 'exec';
  if (status.size <= WHOLE_BYTES) {
    const content = await readFile(full);
    return { kind, sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length, path };
  }
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(full)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { kind, sha256: hash.digest('hex'), bytes, path };
}

async function linkEntry(top: string, path: string, what: string): Promise<Entry> {
  const bytes = await readlink(join(top, path), { encoding: 'buffer' });
  const target = bytes.toString('utf8');
  if (!Buffer.from(target).equals(bytes) || !staysInside(path, target) || !(await leadsInside(top, path))) {
    throw new BuildError(`${what}: the symbolic link ${path} leads out of it, to ${target}`, {
      mend: 'replace it by a file, or by a relative link to something inside; for data of the site itself use "shared"',
      place: { file: path },
    });
  }
  return { kind: 'link', target, path };
}

/** Whether a link's target, read as text, is relative and below the tree's top. Pure. */
export function staysInside(path: string, target: string): boolean {
  if (target === '' || target.includes('\0') || posix.isAbsolute(target)) return false;
  const resolved = posix.join(posix.dirname(path), target);
  return resolved !== '..' && !resolved.startsWith('../');
}

/** The same on disk: `up/..` through another link may lead elsewhere than the text says. */
async function leadsInside(top: string, path: string): Promise<boolean> {
  try {
    const real = await realpath(join(top, path));
    return real === top || real.startsWith(`${top}/`);
  } catch (thrown) {
    // A dangling link is the user's affair as long as its text stays inside.
    if (codeOf(thrown) === 'ENOENT') return true;
    if (codeOf(thrown) === 'ELOOP') return true;
    throw thrown;
  }
}

import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { readlink, realpath } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { BuildError, codeOf } from './errors.ts';
import { turns } from './turns.ts';

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

/** Files are read in pieces of this size. */
const PIECE_BYTES = 256 * 1024;

/** A file or a link of a tree on disk, its path as in a manifest. */
export interface Found {
  path: string;
  link: boolean;
}

/** What else may be done while files are hashed. */
export interface Reading {
  /** Hears of each folder before it is read; the top is ''. */
  entering?: (path: string) => void;
  /** The entry of a file that need not be read. */
  known?: (path: string) => Entry | undefined;
  /** Sees each file's content in pieces, in order; `first` is the beginning of a file. */
  inspect?: (path: string, piece: Buffer, first: boolean) => void;
}

/**
 * Reads a folder and writes its manifest.
 *
 * @param what - the tree's name in errors (`the source tree`)
 * @throws BuildError naming the path for anything but files, folders and links that stay inside, and for names that are
 *   not UTF-8
 */
export async function manifestOf(folder: string, what: string, reading?: Reading): Promise<Tree> {
  return {
    folder,
    manifest: manifestFrom(await entriesOf(folder, await filesIn(folder, what, reading), what, reading)),
  };
}

/** All files and links of a folder. @throws BuildError as {@link manifestOf} */
export async function filesIn(
  folder: string,
  what: string,
  { entering = () => {} }: Pick<Reading, 'entering'> = {},
): Promise<Found[]> {
  const found: Found[] = [];
  const turn = turns();
  await walk(folder, '', what, found, async (path) => {
    await turn();
    entering(path);
  });
  return found;
}

/** Reads files and links of a folder. @throws BuildError as {@link manifestOf} */
export async function entriesOf(
  folder: string,
  found: readonly Found[],
  what: string,
  reading: Reading = {},
): Promise<Entry[]> {
  const top = await realpath(folder);
  const entries: Entry[] = [];
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  const turn = turns();
  for (const { path, link } of found) {
    await turn();
    const known = link ? undefined : reading.known?.(path);
    entries.push(known ?? (link ? await linkEntry(top, path, what) : await fileEntry(top, path, piece, turn, reading)));
  }
  return entries;
}

/** The manifest of entries in any order. Pure. */
export function manifestFrom(entries: readonly Entry[]): Manifest {
  const keyed = entries.map((entry) => ({ entry, key: Buffer.from(entry.path) }));
  // Not the strings' own order: UTF-16 code units sort otherwise than UTF-8 bytes above U+FFFF.
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  const sorted = keyed.map(({ entry }) => entry);
  const text = sorted.map((entry) => `${JSON.stringify(lineOf(entry))}\n`).join('');
  return { text, digest: sha256(text), entries: sorted };
}

/** What a manifest's text says, in its order. Pure. @throws Error for what is no manifest */
export function entriesIn(text: string): Entry[] {
  const lines: unknown = JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`);
  return Array.isArray(lines) ? lines.map(entryOf) : [];
}

/** By hand, since a schema takes a quarter of a second for the lines of a large environment. */
function entryOf(line: unknown): Entry {
  if (Array.isArray(line)) {
    const [kind, what, size, path]: unknown[] = line;
    if (kind === 'link' && typeof what === 'string' && typeof size === 'string' && line.length === 3)
      return { kind, target: what, path: size };
    const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
    if (isSize && (kind === 'file' || kind === 'exec') && typeof what === 'string' && /^[0-9a-f]{64}$/.test(what))
      if (typeof path === 'string' && line.length === 4) return { kind, sha256: what, bytes: size, path };
  }
  throw new Error(`this is no line of a manifest: ${JSON.stringify(line)}`);
}

/** In lower-case hex. Pure. */
export function sha256(content: Buffer | string): string {
  return hash('sha256', content, 'hex');
}

function lineOf(entry: Entry): (string | number)[] {
  if (entry.kind === 'link') return ['link', entry.target, entry.path];
  return [entry.kind, entry.sha256, entry.bytes, entry.path];
}

/** At once and not through libuv's threads, as files are read. */
async function walk(
  top: string,
  path: string,
  what: string,
  found: Found[],
  entering: (path: string) => Promise<void>,
): Promise<void> {
  await entering(path);
  const items = readdirSync(`${top}/${path}`, { withFileTypes: true });
  if (items.some(({ name }) => name.includes('\uFFFD'))) refuseForeignNames(top, path, what);
  for (const item of items) {
    const child = path === '' ? item.name : `${path}/${item.name}`;
    if (item.isDirectory()) await walk(top, child, what, found, entering);
    else if (item.isFile() || item.isSymbolicLink()) found.push({ path: child, link: item.isSymbolicLink() });
    else {
      throw new BuildError(`${what}: ${child} is neither a file nor a folder nor a symbolic link`, {
        mend: 'remove it: sockets, pipes and devices cannot be part of a release',
        place: { file: child },
      });
    }
  }
}

/** U+FFFD is what bytes that mean nothing are decoded to: such a name would silently become another one. */
function refuseForeignNames(top: string, path: string, what: string): void {
  const names = readdirSync(`${top}/${path}`, { encoding: 'buffer' });
  const foreign = names.find((name) => !Buffer.from(name.toString('utf8')).equals(name));
  if (foreign === undefined) return;
  const child = posix.join(path, foreign.toString('utf8'));
  throw new BuildError(`${what}: the name of ${JSON.stringify(child)} is not UTF-8`, {
    mend: 'rename it: names of files must be UTF-8 to mean the same on every host',
    place: { file: child },
  });
}

/**
 * Hashes a file. Read at once and not through libuv's threads: what is hashed was just written, or is read for each deploy, so it is in
 * memory, and through a thread a small file takes eight times the processor. And all into one buffer, `piece`: one for each of
 * thousands of files is a lot of garbage.
 */
async function fileEntry(
  top: string,
  path: string,
  piece: Buffer,
  turn: () => Promise<void>,
  { inspect }: Reading,
): Promise<Entry> {
  const file = openSync(`${top}/${path}`, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { mode, size } = fstatSync(file);
    const kind = (mode & 0o100) === 0 ? 'file' : 'exec';
    const read = (): Buffer => piece.subarray(0, readSync(file, piece));
    const start = read();
    inspect?.(path, start, true);
    // Nearly all are so small.
    if (start.length === size) return { kind, sha256: sha256(start), bytes: size, path };
    const whole = createHash('sha256').update(start);
    let bytes = start.length;
    for (let more = read(); more.length > 0; more = read()) {
      inspect?.(path, more, false);
      whole.update(more);
      bytes += more.length;
      await turn();
    }
    return { kind, sha256: whole.digest('hex'), bytes, path };
  } finally {
    closeSync(file);
  }
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

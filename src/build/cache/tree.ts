/** A kept folder, checked against the digest of its manifest without reading everything each time. */
import { lstatSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { type Entry, manifestOf, type Tree } from '../manifest.ts';

/** After so long everything is read again. */
const TRUSTED_MS = 24 * 3600 * 1000;

/** Changed so shortly before it was read, a file could have been changed once more at the same time of the kernel's clock. */
const SETTLED_MS = 1000;

const Index = z.object({
  /** Which start of the machine it was noted after. */
  boot: z.string(),
  /** When all files were read, ms since 1970. */
  read: z.number(),
  /** By path: inode, ctime in ms and size that the file had before it was read; its kind, and SHA-256. */
  files: z.record(z.string(), z.tuple([z.number(), z.number(), z.number(), z.enum(['file', 'exec']), z.string()])),
});
type Index = z.infer<typeof Index>;

/**
 * Reads a kept folder, and asserts that it is what the digest says.
 *
 * A file is not read again when it is the same inode, of the same size, and the kernel has noted no change of it since it was
 * read: of its content, mode, owner or links (ctime, which no program can set). So whatever a program changes is found. What
 * the disk itself loses is not: for that everything is read after each start of the machine (a crash may have lost what was written
 * last), and once a day; and hosts check whatever they are sent.
 *
 * @param index - file beside the folder where it is noted what was read
 * @throws Error when it is another tree
 */
export async function keptTree(folder: string, what: string, digest: string, index: string): Promise<Tree> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null);
  const now = Date.now();
  const noted = trusted(await readIndex(index), boot, now);
  const states = new Map<string, [number, number, number]>();
  let isNews = false;
  const known = (path: string): Entry | undefined => {
    const { ino, ctimeMs, size } = lstatSync(`${folder}/${path}`);
    if (ctimeMs < now - SETTLED_MS) states.set(path, [ino, ctimeMs, size]);
    const before = noted?.files[path];
    if (before === undefined || before[0] !== ino || before[1] !== ctimeMs || before[2] !== size) {
      isNews = true;
      return undefined;
    }
    return { kind: before[3], sha256: before[4], bytes: size, path };
  };
  const tree = await manifestOf(folder, what, { known });
  if (tree.manifest.digest !== digest) throw new Error('its files are not those of its manifest');
  if (isNews && boot !== null)
    await writeIndex(index, { boot, read: noted?.read ?? now, files: filesOf(tree, states) });
  return tree;
}

function trusted(noted: Index | null, boot: string | null, now: number): Index | null {
  if (noted === null || noted.boot !== boot) return null;
  const age = now - noted.read;
  return age >= 0 && age < TRUSTED_MS ? noted : null;
}

function filesOf({ manifest }: Tree, states: ReadonlyMap<string, [number, number, number]>): Index['files'] {
  const files: Index['files'] = {};
  for (const entry of manifest.entries) {
    const state = states.get(entry.path);
    if (entry.kind === 'link' || state === undefined) continue;
    files[entry.path] = [...state, entry.kind, entry.sha256];
  }
  return files;
}

/** Null where there is none that can be read: everything is read then. */
async function readIndex(index: string): Promise<Index | null> {
  try {
    return Index.parse(JSON.parse(await readFile(index, 'utf8')));
  } catch {
    return null;
  }
}

async function writeIndex(index: string, content: Index): Promise<void> {
  await writeFile(`${index}.new`, JSON.stringify(content));
  await rename(`${index}.new`, index);
}

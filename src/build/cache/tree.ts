/** A kept folder, checked against the digest of its manifest without reading everything each time. */
import { lstatSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { type Entry, entriesIn, manifestOf, sha256, type Tree } from '../manifest.ts';

/** After so long everything is read again. */
const TRUSTED_MS = 24 * 3600 * 1000;

/** Changed so shortly before it was read, a file could have been changed once more at the same time of the kernel's clock. */
const SETTLED_MS = 1000;

/** Of a file, a link or a folder before it was read: inode, ctime in ms, size. */
type State = readonly [inode: number, ctimeMs: number, size: number];

/** Not by a schema of each: that takes a quarter of a second for a large environment. Whatever they are, they are only compared. */
const states = z.custom<(State | null)[]>(Array.isArray);

const Index = z.object({
  /** Which start of the machine it was noted after. */
  boot: z.string(),
  /** When all files were read, ms since 1970. */
  read: z.number(),
  /** The manifest's text. */
  text: z.string(),
  /** Of each of its lines; null where that had changed a moment ago. */
  states,
  /** Folders, the top as ''. */
  folders: z.array(z.string()),
  /** Of each of them: as long as it is the same, nothing in it was added, taken away or renamed. */
  folderStates: states,
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
  // What is not the manifest with this digest says nothing of the tree.
  const text = noted !== null && sha256(noted.text) === digest ? noted.text : '';
  const entries = entriesIn(text);
  if (noted !== null && text !== '' && isUntouched(folder, noted, entries))
    return { folder, manifest: { text, digest, entries } };
  const tree = await readAgain(folder, what, noted, entries, { boot, now, index });
  if (tree.manifest.digest !== digest) throw new Error('its files are not those of its manifest');
  return tree;
}

/** Reads what is new or has changed, and notes it. */
async function readAgain(
  folder: string,
  what: string,
  noted: Index | null,
  entries: readonly Entry[],
  { boot, now, index }: { boot: string | null; now: number; index: string },
): Promise<Tree> {
  const before = new Map(entries.map((entry, line) => [entry.path, { entry, state: noted?.states[line] ?? null }]));
  const states = new Map<string, State | null>();
  const note = (path: string): State => {
    const state = stateOf(folder, path);
    states.set(path, state[1] < now - SETTLED_MS ? state : null);
    return state;
  };
  const folders = new Set<string>();
  const tree = await manifestOf(folder, what, {
    entering: (path) => {
      folders.add(path);
      note(path);
    },
    known: (path) => {
      const state = note(path);
      const known = before.get(path);
      return known !== undefined && isSame(known.state, state) ? known.entry : undefined;
    },
  });
  if (boot === null) return tree;
  const { text, entries: found } = tree.manifest;
  for (const { kind, path } of found) if (kind === 'link') note(path);
  await writeIndex(index, {
    boot,
    read: noted?.read ?? now,
    text,
    states: found.map(({ path }) => states.get(path) ?? null),
    folders: [...folders],
    folderStates: [...folders].map((path) => states.get(path) ?? null),
  });
  return tree;
}

/** True where every file, link and folder that was noted is the same still: then there are no others. */
function isUntouched(folder: string, { states, folders, folderStates }: Index, entries: readonly Entry[]): boolean {
  try {
    return (
      entries.every(({ path }, line) => isSame(states[line] ?? null, stateOf(folder, path))) &&
      folders.every((path, index) => isSame(folderStates[index] ?? null, stateOf(folder, path)))
    );
  } catch {
    return false;
  }
}

function stateOf(folder: string, path: string): State {
  const { ino, ctimeMs, size } = lstatSync(`${folder}/${path}`);
  return [ino, ctimeMs, size];
}

function isSame(before: State | null, now: State): boolean {
  return before?.every((value, index) => value === now[index]) ?? false;
}

function trusted(noted: Index | null, boot: string | null, now: number): Index | null {
  if (noted === null || noted.boot !== boot) return null;
  const age = now - noted.read;
  return age >= 0 && age < TRUSTED_MS ? noted : null;
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
  // Two runs may note the same at the same time.
  const fresh = `${index}.${process.pid}.new`;
  await writeFile(fresh, JSON.stringify(content));
  await rename(fresh, index);
}

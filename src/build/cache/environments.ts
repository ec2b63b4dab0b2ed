/** Environments that are kept: on this machine, and in the Actions cache. */
import { randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { cacheFolder } from '../../cache-folder.ts';
import { type BuildEnvOptions, type BuiltEnv, buildEnv } from '../env/env.ts';
import { codeOf } from '../errors.ts';
import { keepInActions, restoreFromActions } from './actions.ts';
import { KEPT_MS, noteUse, readKept } from './kept.ts';
import { takeLock } from './lock.ts';
import { keptTree } from './tree.ts';

/** Whoever took an environment before it was renewed is done with it after so long. */
const REPLACED_MS = 24 * 3600 * 1000;

/** Each environment that is published has a folder of its own in its entry. Earlier versions had but this one. */
const FOLDER = /^env(?:-[0-9a-f-]{36})?$/;

/** An environment and where it came from. */
export interface Obtained {
  env: BuiltEnv;
  from: 'local' | 'actions' | 'built';
  notices: string[];
  /**
   * Saves a new environment to the Actions cache, where there is one; best called when the site is live. Never throws: returns a
   * notice when it did not work, else null.
   */
  keep: () => Promise<string | null>;
}

export interface ObtainOptions extends BuildEnvOptions {
  /** Hash of the inputs, see `inputsHash`. */
  inputs: string;
  /** Build even when there is one. */
  refresh?: boolean;
  /** What `keptEnv` gives, where that was begun earlier. */
  kept?: Promise<BuiltEnv | null>;
}

const Entry = z.object({
  hash: z.string(),
  digest: z.string(),
  python: z.string(),
  packages: z.array(z.object({ name: z.string(), version: z.string() })),
  wheels: z.array(z.object({ name: z.string(), version: z.string(), tags: z.array(z.string()) })),
  requirements: z.string(),
  builtOn: z.object({ name: z.enum(['glibc', 'musl']), version: z.string() }),
  system: z.string().nullable(),
  created: z.string(),
  folder: z.string().regex(FOLDER).default('env'),
});

/**
 * Gives the environment for the inputs: from this machine's cache, else from the Actions cache, else built. With a hit
 * nothing is resolved and nothing is downloaded from an index. Every entry is checked against its manifest.
 */
export async function obtainEnv(options: ObtainOptions): Promise<Obtained> {
  const env = options.env ?? process.env;
  const folder = join(cacheFolder(env), 'envs');
  const entry = join(folder, options.inputs);
  const notices: string[] = [];
  await mkdir(folder, { recursive: true });
  const whole = options.refresh === true ? null : await (options.kept ?? keptEnv(options.inputs, env));
  if (whole !== null) {
    await noteUse(entry);
    await removeReplaced(entry);
    return { env: whole, from: 'local', notices, keep: async () => null };
  }
  const waiting = (): void => options.log?.('another run on this machine builds the same environment: waiting for it');
  await using _lock = await takeLock(
    options.system?.python ?? options.match.runner.executable,
    `${entry}.lock`,
    waiting,
  );
  if (options.refresh !== true) {
    const local = await readEntry(entry, notices);
    if (local) return { env: local, from: 'local', notices, keep: async () => null };
    if (await restoreFromActions([entry], `${cacheKey(options.inputs)}*`, notices)) {
      const restored = await readEntry(entry, notices);
      if (restored) return { env: restored, from: 'actions', notices, keep: async () => null };
    }
  }
  const built = await publish(await buildEnv({ ...options, bytecode: join(cacheFolder(env), 'bytecode') }), entry);
  await prune(folder, options.inputs);
  // What the cache has is never replaced: one that was refreshed, or was damaged there, gets a name of its own.
  const key = `${cacheKey(options.inputs)}${built.created.replace(/\D/g, '')}`;
  return { env: built, from: 'built', notices, keep: () => keepInActions([entry], key) };
}

/**
 * The environment for the inputs that this machine keeps; null where there is none that is whole. Such a one is not changed by anybody:
 * it can be taken while another run holds the lock, and without the lock's own cost.
 */
export function keptEnv(inputs: string, env: NodeJS.ProcessEnv = process.env): Promise<BuiltEnv | null> {
  return readWhole(join(cacheFolder(env), 'envs', inputs)).catch(() => null);
}

function readEntry(entry: string, notices: string[]): Promise<BuiltEnv | null> {
  return readKept(entry, 'environment', notices, () => readWhole(entry));
}

/** @throws where it is not there, or not whole */
async function readWhole(entry: string): Promise<BuiltEnv> {
  const { digest, folder, ...told } = Entry.parse(JSON.parse(await readFile(join(entry, 'entry.json'), 'utf8')));
  const tree = await keptTree(join(entry, folder), 'the environment', digest, join(entry, 'read.json'));
  return { ...told, tree };
}

/**
 * Makes a built environment this machine's own by one rename: a killed run leaves no half entry, and other runs that have the one before
 * go on with it.
 */
async function publish(built: BuiltEnv, entry: string): Promise<BuiltEnv> {
  const { tree, ...told } = built;
  const folder = `env-${randomUUID()}`;
  const fresh = `${entry}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh);
  await rename(tree.folder, join(fresh, folder)).catch(async (thrown: unknown) => {
    // Scratch and cache may lie on two file systems.
    if (codeOf(thrown) !== 'EXDEV') throw thrown;
    await cp(tree.folder, join(fresh, folder), { recursive: true, verbatimSymlinks: true });
  });
  const text = JSON.stringify({ ...told, digest: tree.manifest.digest, folder }, null, 1);
  await writeFile(join(fresh, 'entry.json'), text);
  const before = await folderOf(entry);
  if (before === null) {
    // Nothing is there, or nothing that any run could have taken.
    await rm(entry, { recursive: true, force: true });
    await rename(fresh, entry);
  } else {
    await noteUse(join(entry, before)).catch(() => undefined);
    await rename(join(fresh, folder), join(entry, folder));
    await rename(join(fresh, 'entry.json'), join(entry, 'entry.json'));
    await rm(fresh, { recursive: true });
  }
  return { ...built, tree: { ...tree, folder: join(entry, folder) } };
}

/** The folder of an entry's environment; null where that cannot be told. */
async function folderOf(entry: string): Promise<string | null> {
  try {
    return Entry.parse(JSON.parse(await readFile(join(entry, 'entry.json'), 'utf8'))).folder;
  } catch {
    return null;
  }
}

/** Removes environments of an entry in whose place another came a day ago, and what a killed run has left of one. */
async function removeReplaced(entry: string): Promise<void> {
  const mine = await folderOf(entry);
  if (mine === null) return;
  for (const name of await readdir(entry)) {
    if (name === mine || !FOLDER.test(name)) continue;
    const replaced = (await stat(join(entry, name))).mtimeMs;
    if (Date.now() - replaced > REPLACED_MS) await rm(join(entry, name), { recursive: true, force: true });
  }
}

function cacheKey(inputs: string): string {
  return `graceful-env-${inputs}-`;
}

async function prune(folder: string, mine: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^[0-9a-f]{64}$/.test(name) || name === mine) continue;
    const used = (await stat(join(folder, name))).mtimeMs;
    if (Date.now() - used > KEPT_MS) await rm(join(folder, name), { recursive: true, force: true });
  }
}

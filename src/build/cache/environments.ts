/** Environments that are kept: on this machine, and in the Actions cache. */
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type BuildEnvOptions, type BuiltEnv, buildEnv } from '../env/env.ts';
import { codeOf } from '../errors.ts';
import { keepInActions, restoreFromActions } from './actions.ts';
import { cacheFolder, KEPT_MS, readKept } from './kept.ts';
import { takeLock } from './lock.ts';
import { keptTree } from './tree.ts';

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

function readEntry(entry: string, notices: string[]): Promise<BuiltEnv | null> {
  return readKept(entry, 'environment', notices, async () => {
    const { digest, ...told } = Entry.parse(JSON.parse(await readFile(join(entry, 'entry.json'), 'utf8')));
    const tree = await keptTree(join(entry, 'env'), 'the environment', digest, join(entry, 'read.json'));
    return { ...told, tree };
  });
}

/** Makes a built environment this machine's own by one rename: a killed run leaves no half entry. */
async function publish(built: BuiltEnv, entry: string): Promise<BuiltEnv> {
  const fresh = `${entry}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh);
  await rename(built.tree.folder, join(fresh, 'env')).catch(async (thrown: unknown) => {
    // Scratch and cache may lie on two file systems.
    if (codeOf(thrown) !== 'EXDEV') throw thrown;
    await cp(built.tree.folder, join(fresh, 'env'), { recursive: true, verbatimSymlinks: true });
  });
  const { tree, ...told } = built;
  await writeFile(join(fresh, 'entry.json'), JSON.stringify({ ...told, digest: tree.manifest.digest }, null, 1));
  await rm(entry, { recursive: true, force: true });
  await rename(fresh, entry);
  return { ...built, tree: { ...tree, folder: join(entry, 'env') } };
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

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { keepInActions, restoreFromActions } from '../cache/actions.ts';
import { KEPT_MS, readKept } from '../cache/kept.ts';
import { copyTree } from '../copy.ts';
import type { BuiltEnv } from '../env/env.ts';
import { codeOf } from '../errors.ts';
import { stableJson } from '../key.ts';
import { manifestOf, type Tree } from '../manifest.ts';
import { COLLECT_PROGRAM } from './program.ts';

/** Raised when the same inputs would give other files. */
const FORMAT = 1;

export const CollectedAnswer = z.object({
  state: z.literal('collected'),
  root: z.string(),
  url: z.string().nullable(),
  debug: z.boolean(),
});
export type CollectedAnswer = z.infer<typeof CollectedAnswer>;

const Entry = z.object({ answer: CollectedAnswer, digest: z.string() });

interface Inputs {
  source: { tree: Tree };
  config: { tree: Tree } | null;
  env: Pick<BuiltEnv, 'tree'>;
  django: { project: string };
  settings: string;
  stage: {
    env: Readonly<Record<string, string>>;
    buildEnv: Readonly<Record<string, string>>;
    staticFiles: { commands: readonly unknown[] };
  };
  inputEnv: Readonly<Record<string, string>>;
}

/**
 * Names everything that decides about the static files: all of the code and of the environment, the settings, the variables. Null where
 * that cannot be told: a secret decides with its value, of which nothing is kept, unless `build-env` stands over it; commands
 * of the site's own may call programs of the runner. Pure.
 */
export function staticKey({ source, config, env, django, settings, stage, inputEnv }: Inputs): string | null {
  const hidden = Object.keys(inputEnv).filter((name) => stage.buildEnv[name] === undefined);
  if (hidden.length > 0 || stage.staticFiles.commands.length > 0) return null;
  const decides = {
    format: FORMAT,
    program: COLLECT_PROGRAM,
    code: source.tree.manifest.digest,
    config: config?.tree.manifest.digest,
    env: env.tree.manifest.digest,
    project: django.project,
    settings,
    variables: { ...stage.env, ...stage.buildEnv },
  };
  return createHash('sha256').update(stableJson(decides)).digest('hex');
}

/** What was collected, as it was kept. */
export interface Kept {
  answer: CollectedAnswer;
  tree: Tree;
}

/** What was collected for the key: kept on this machine, else in the Actions cache; null where there is none, or it is damaged. */
export async function keptStatic(kept: string, key: string, notices: string[]): Promise<Kept | null> {
  const entry = join(kept, key);
  const local = await readEntry(entry, notices);
  if (local !== null) return local;
  await restoreFromActions([entry], `${cacheKey(key)}*`, notices);
  // Read in any case: what came by halves is damaged too.
  return await readEntry(entry, notices);
}

/** Keeps what was collected for other machines too. Never throws: returns a notice when it did not work, else null. */
export function keepForAll(kept: string, key: string): Promise<string | null> {
  // What the cache has is never replaced: where that was damaged, this one gets a name of its own.
  return keepInActions([join(kept, key)], `${cacheKey(key)}${Date.now()}`);
}

function cacheKey(key: string): string {
  return `graceful-static-${key}-`;
}

function readEntry(entry: string, notices: string[]): Promise<Kept | null> {
  return readKept(entry, 'collection of static files', notices, async () => {
    const { answer, digest } = Entry.parse(JSON.parse(await readFile(join(entry, 'entry.json'), 'utf8')));
    const tree = await manifestOf(join(entry, 'static'), 'the static files');
    if (tree.manifest.digest !== digest) throw new Error('its files are not those of its manifest');
    return { answer, tree };
  });
}

/**
 * Keeps what was collected, by one rename; nothing is copied where that can be.
 * @returns where it lies from now on
 */
export async function keepStatic(kept: string, key: string, answer: CollectedAnswer, tree: Tree): Promise<Tree> {
  const entry = join(kept, key);
  const fresh = `${entry}.${process.pid}`;
  const moved = join(fresh, 'static');
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await move(tree.folder, moved);
  await writeFile(join(fresh, 'entry.json'), JSON.stringify({ answer, digest: tree.manifest.digest }));
  try {
    await rename(fresh, entry);
  } catch (thrown) {
    // Another run was first.
    if (codeOf(thrown) !== 'ENOTEMPTY' && codeOf(thrown) !== 'EEXIST') throw thrown;
    await move(moved, tree.folder);
    await rm(fresh, { recursive: true, force: true });
    return tree;
  }
  await prune(kept);
  return { ...tree, folder: join(entry, 'static') };
}

async function move(from: string, to: string): Promise<void> {
  await rename(from, to).catch(async (thrown: unknown) => {
    // Scratch and what is kept may lie on two file systems.
    if (codeOf(thrown) !== 'EXDEV') throw thrown;
    await copyTree(from, to);
  });
}

async function prune(kept: string): Promise<void> {
  for (const name of await readdir(kept)) {
    const path = join(kept, name);
    const used = await stat(path).catch(() => null);
    if (used !== null && Date.now() - used.mtimeMs > KEPT_MS) await rm(path, { recursive: true, force: true });
  }
}

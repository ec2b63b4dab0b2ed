import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { hasActionsCache, keepInActions, restoreFromActions } from '../cache/actions.ts';
import { KEPT_MS, readKept } from '../cache/kept.ts';
import { copyTree } from '../copy.ts';
import type { BuiltEnv } from '../env/env.ts';
import { codeOf, messageOf } from '../errors.ts';
import { stableJson } from '../key.ts';
import { type Manifest, manifestOf, sha256, type Tree } from '../manifest.ts';
import { COLLECT_PROGRAM } from './program.ts';

/** Raised when the same inputs would give other files. */
const FORMAT = 2;

/** What comes from the Actions cache, and goes there, on its way. */
const ON_ITS_WAY = 'shared';

export const CollectedAnswer = z.object({
  state: z.literal('collected'),
  root: z.string(),
  url: z.string().nullable(),
  debug: z.boolean(),
  /** Paths that were opened of the code, some of which it may not have; null where any of it may have been read. */
  read: z.array(z.string()).nullable(),
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
 * Names everything that decides about the static files but what stands in files of the code (see {@link contentsOf}): which files the code
 * has, all of the environment, the settings, the variables. Null where that cannot be told: a secret decides with its value, of which
 * nothing is kept, unless `build-env` stands over it; commands of the site's own may call programs of the runner. Pure.
 */
export function staticKey({ source, config, env, django, settings, stage, inputEnv }: Inputs): string | null {
  const hidden = Object.keys(inputEnv).filter((name) => stage.buildEnv[name] === undefined);
  if (hidden.length > 0 || stage.staticFiles.commands.length > 0) return null;
  const decides = {
    format: FORMAT,
    program: COLLECT_PROGRAM,
    // One more, or one less, may be found by a program that opens none of them.
    code: source.tree.manifest.entries.map((entry) => [entry.kind, entry.path, entry.kind === 'link' && entry.target]),
    config: config?.tree.manifest.digest,
    env: env.tree.manifest.digest,
    project: django.project,
    settings,
    variables: { ...stage.env, ...stage.buildEnv },
  };
  return sha256(stableJson(decides));
}

/**
 * Names what stands in the files that were read of the code: where that is the same again, so are the static files. Pure.
 * @param read as in {@link CollectedAnswer}
 */
export function contentsOf({ entries }: Pick<Manifest, 'entries'>, read: readonly string[] | null): string {
  const paths = read && new Set(read);
  const files = entries.flatMap((entry) =>
    entry.kind !== 'link' && (paths?.has(entry.path) ?? true) ? [[entry.path, entry.sha256]] : [],
  );
  return sha256(stableJson(files));
}

/** What was collected, as it was kept. */
export interface Kept {
  answer: CollectedAnswer;
  tree: Tree;
}

/**
 * What was collected for the key, from code whose files that count say the same: kept on this machine, else in the Actions cache; null where
 * there is none, or it is damaged.
 */
export async function keptStatic(
  kept: string,
  key: string,
  code: Pick<Manifest, 'entries'>,
  notices: string[],
): Promise<Kept | null> {
  const local = await findEntry(join(kept, key), code, notices);
  if (local !== null) return local;
  const arrived = join(kept, ON_ITS_WAY, key);
  await restoreFromActions([arrived], `${cacheKey(key)}*`, notices);
  await mkdir(join(kept, key), { recursive: true });
  for (const name of await namesIn(arrived)) {
    // One that is here already may be in use.
    await rename(join(arrived, name), join(kept, key, name)).catch(unlessThere);
  }
  await rm(arrived, { recursive: true, force: true });
  // Read in any case: what came by halves is damaged too.
  return await findEntry(join(kept, key), code, notices);
}

/** Keeps what was collected for other machines too. Never throws: returns a notice when it did not work, else null. */
export async function keepForAll(
  kept: string,
  key: string,
  code: Pick<Manifest, 'entries'>,
  answer: CollectedAnswer,
): Promise<string | null> {
  if (!hasActionsCache()) return null;
  const leaving = join(kept, ON_ITS_WAY, key);
  const name = contentsOf(code, answer.read);
  try {
    await rm(leaving, { recursive: true, force: true });
    await copyTree(join(kept, key, name), join(leaving, name));
    // What the cache has is never replaced: where that was damaged, or is of other code, this one gets a name of its own.
    return await keepInActions([leaving], `${cacheKey(key)}${Date.now()}`);
  } catch (thrown) {
    return `static files were not kept in the Actions cache: ${messageOf(thrown)}`;
  } finally {
    await rm(leaving, { recursive: true, force: true });
  }
}

function cacheKey(key: string): string {
  return `graceful-static-${key}-`;
}

async function findEntry(folder: string, code: Pick<Manifest, 'entries'>, notices: string[]): Promise<Kept | null> {
  for (const name of await namesIn(folder)) {
    const entry = join(folder, name);
    const found = await readKept(entry, 'collection of static files', notices, async () => {
      const { answer, digest } = Entry.parse(JSON.parse(await readFile(join(entry, 'entry.json'), 'utf8')));
      if (contentsOf(code, answer.read) !== name) return null;
      const tree = await manifestOf(join(entry, 'static'), 'the static files');
      if (tree.manifest.digest !== digest) throw new Error('its files are not those of its manifest');
      return { answer, tree };
    });
    if (found !== null) return found;
  }
  return null;
}

/**
 * Keeps what was collected, by one rename; nothing is copied where that can be.
 * @returns where it lies from now on
 */
export async function keepStatic(
  kept: string,
  key: string,
  code: Pick<Manifest, 'entries'>,
  answer: CollectedAnswer,
  tree: Tree,
): Promise<Tree> {
  const entry = join(kept, key, contentsOf(code, answer.read));
  // Beside the others and not among them: what is not whole yet is no entry.
  const fresh = join(kept, ON_ITS_WAY, `${key}.${process.pid}`);
  const moved = join(fresh, 'static');
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await mkdir(join(kept, key), { recursive: true });
  await move(tree.folder, moved);
  await writeFile(join(fresh, 'entry.json'), JSON.stringify({ answer, digest: tree.manifest.digest }));
  try {
    await rename(fresh, entry);
  } catch (thrown) {
    // Another run was first.
    unlessThere(thrown);
    await move(moved, tree.folder);
    await rm(fresh, { recursive: true, force: true });
    return tree;
  }
  await prune(kept);
  return { ...tree, folder: join(entry, 'static') };
}

/** @throws what was thrown, unless it says that something is there already */
function unlessThere(thrown: unknown): void {
  if (codeOf(thrown) !== 'ENOTEMPTY' && codeOf(thrown) !== 'EEXIST') throw thrown;
}

/** None where there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((thrown: unknown) => {
    if (codeOf(thrown) !== 'ENOENT') throw thrown;
    return [];
  });
}

async function move(from: string, to: string): Promise<void> {
  await rename(from, to).catch(async (thrown: unknown) => {
    // Scratch and what is kept may lie on two file systems.
    if (codeOf(thrown) !== 'EXDEV') throw thrown;
    await copyTree(from, to);
  });
}

/** Also what a run left on its way whose machine went down. */
async function prune(kept: string): Promise<void> {
  for (const key of await namesIn(kept)) {
    for (const name of await namesIn(join(kept, key))) {
      const path = join(kept, key, name);
      if (await isOld(path)) await rm(path, { recursive: true, force: true });
    }
    // A newer one may be just about to be filled.
    if (await isOld(join(kept, key))) await rmdir(join(kept, key)).catch(unlessThere);
  }
}

async function isOld(path: string): Promise<boolean> {
  const used = await stat(path).catch(() => null);
  return used !== null && Date.now() - used.mtimeMs > KEPT_MS;
}

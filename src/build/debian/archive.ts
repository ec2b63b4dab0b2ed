/** The archive of a minimal system: made, checked by its digest, removed when nobody uses it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { keepInActions, restoreFromActions } from '../cache/actions.ts';
import { KEPT_MS, readKept } from '../cache/kept.ts';
import { BuildError } from '../errors.ts';
import { run } from '../run.ts';
import type { Recipe } from './recipe.ts';
import { type AsRoot, removeAsRoot } from './root.ts';

/** Made under another name and renamed when whole; its digest is written first, so that an archive always has one. */
export async function makeArchive(recipe: Recipe, archive: string, root: AsRoot): Promise<void> {
  const fresh = `${archive}.new`;
  await removeAsRoot(root, fresh);
  const sources = recipe.sources.map((source) => `deb [signed-by=${recipe.keyring.file}] ${source}`);
  const settings = `${archive}.apt.conf`;
  // Proxies as the runner's own apt has them.
  await writeFile(settings, (await run(['apt-config', 'dump', 'Acquire'])).stdout);
  const include = `--include=${recipe.packages.join(',')}`;
  try {
    await run(
      root([
        'mmdebstrap',
        '--quiet',
        '--variant=minbase',
        '--format=tar',
        `--aptopt=${settings}`,
        include,
        recipe.suite,
        fresh,
        ...sources,
      ]),
    );
  } catch (thrown) {
    await removeAsRoot(root, fresh);
    if (!(thrown instanceof BuildError)) throw thrown;
    throw explain(thrown, recipe);
  } finally {
    await rm(settings, { force: true });
  }
  await run(root(['chown', `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`, fresh]));
  await writeFile(`${archive}.sha256`, await digestOf(fresh));
  await rename(fresh, archive);
}

function explain(thrown: BuildError, recipe: Recipe): BuildError {
  const said = thrown.output.join('\n');
  const unknown = [
    ...said.matchAll(/Unable to locate package (\S+)|Package '?([\w.+-]+)'? has no installation candidate/g),
  ];
  const names = [...new Set(unknown.map(([, one, other]) => one ?? other ?? ''))];
  const python = names.find((name) => name.startsWith('python3.'));
  if (python !== undefined) {
    const [minor] = /3\.\d+/.exec(python) ?? [];
    return new BuildError(`${recipe.name} has no Python ${minor} of its own, as the host has`, {
      mend: 'name a Python of the release (python: { version: }), or set build: { in: runner }',
      output: [...thrown.output],
    });
  }
  return new BuildError(
    names.length === 0
      ? `no minimal system of ${recipe.name} could be made`
      : `${recipe.name} has no package ${names.join(', ')}`,
    {
      mend:
        names.length === 0
          ? 'see the lines above; or set build: { in: runner }'
          : 'mend the name in venv-debian-requirements.txt, src-debian-requirements.txt or build.packages',
      output: [...thrown.output],
      cause: thrown,
    },
  );
}

/**
 * Brings the archive to its place: it is there, or the Actions cache has it, or it is made.
 * @returns whether it was made
 */
export async function obtainArchive(archive: string, notices: string[], make: () => Promise<void>): Promise<boolean> {
  if (await isWhole(archive, notices)) return false;
  if (
    (await restoreFromActions(filesOf(archive), `${cacheKey(archive)}*`, notices)) &&
    (await isWhole(archive, notices))
  )
    return false;
  await make();
  return true;
}

/** Saves a new archive to the Actions cache. What that has is never replaced: one that was damaged there gets another name. */
export function keepArchive(archive: string): Promise<string | null> {
  return keepInActions(filesOf(archive), `${cacheKey(archive)}${Date.now()}`);
}

const filesOf = (archive: string): string[] => [archive, `${archive}.sha256`];

const cacheKey = (archive: string): string => `graceful-debian-${basename(archive, '.tar')}-`;

/** Whether the archive is there and has its digest; one that is damaged is told, and removed. */
export async function isWhole(archive: string, notices: string[]): Promise<boolean> {
  const found = await readKept(archive, 'system', notices, async () => {
    if ((await digestOf(archive)) !== (await readFile(`${archive}.sha256`, 'utf8')))
      throw new Error('its digest is another');
    return true;
  });
  return found === true;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Systems that nobody used for long. */
export async function pruneArchives(folder: string, mine: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^[0-9a-f]{64}\.tar$/.test(name) || name.startsWith(mine)) continue;
    if (Date.now() - (await stat(join(folder, name))).mtimeMs < KEPT_MS) continue;
    for (const file of filesOf(join(folder, name))) await rm(file, { force: true });
  }
}

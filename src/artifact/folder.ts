import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BuildError, codeOf, messageOf } from '../build/errors.ts';
import type { BuildSpec } from '../protocol/messages.ts';
import { buildSpec } from '../protocol/schema/release.ts';
import { type PackTree, packStream } from '../shipping/pack.ts';
import { unpack } from './unpack.ts';

const MANIFEST = 'artifact.json';

/** Something built: what it is, and its trees on disk. */
export interface Artifact {
  build: BuildSpec;
  trees: PackTree[];
}

/**
 * Asserts that an artifact may be left there: nothing that is not one gives way to it.
 * @throws BuildError
 */
export async function assertFree(folder: string): Promise<void> {
  const names = await readdir(folder).catch((thrown: unknown): string[] => {
    if (codeOf(thrown) === 'ENOENT') return [];
    throw new BuildError(`the artifact cannot be left in ${folder}: ${messageOf(thrown)}`, {
      mend: 'name a folder that is not there yet',
      cause: thrown,
    });
  });
  if (names.length === 0 || names.includes(MANIFEST)) return;
  throw new BuildError(`${folder} is not empty and holds no artifact`, { mend: 'name a folder that is not there yet' });
}

/** Leaves an artifact: `artifact.json`, and one pack for each tree. An older one in its place goes, by renames. */
export async function writeArtifact(folder: string, { build, trees }: Artifact): Promise<void> {
  await assertFree(folder);
  await mkdir(dirname(folder), { recursive: true });
  const fresh = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    for (const tree of trees) {
      await pipeline(packStream([tree]), createWriteStream(join(fresh, packOf(tree.kind))));
    }
    await writeFile(join(fresh, MANIFEST), `${JSON.stringify(build, null, 1)}\n`);
    await chmod(fresh, 0o755);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } catch (thrown) {
    await rm(fresh, { recursive: true, force: true });
    throw thrown;
  }
}

/**
 * Reads an artifact and checks all of it by digest.
 *
 * @param into - an existing folder; the trees are laid out below it
 * @throws BuildError when there is none, or it is damaged
 */
export async function readArtifact(folder: string, into: string): Promise<Artifact> {
  try {
    const build = await readDescription(folder);
    const wanted = treesOf(build);
    const trees: PackTree[] = [];
    for (const [kind, digest] of wanted) {
      const [one, ...more] = await unpack(createReadStream(join(folder, packOf(kind))), into);
      if (one?.kind !== kind || one.tree.manifest.digest !== digest || more.length > 0) {
        throw new Error(`${packOf(kind)} does not hold the tree ${digest} that ${MANIFEST} names`);
      }
      trees.push(one);
    }
    return { build, trees };
  } catch (thrown) {
    if (thrown instanceof BuildError) throw thrown;
    throw new BuildError(`the artifact ${folder} is damaged: ${messageOf(thrown)}`, {
      mend: 'build it again (`graceful build`), and hand it over as a whole, with actions/upload-artifact and actions/download-artifact',
      cause: thrown,
    });
  }
}

async function readDescription(folder: string): Promise<BuildSpec> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch((thrown: unknown) => {
    if (codeOf(thrown) !== 'ENOENT' && codeOf(thrown) !== 'ENOTDIR') throw thrown;
    throw new BuildError(`there is no artifact in ${folder} (no ${MANIFEST})`, {
      mend: 'name the folder that `graceful build` left; in another job actions/download-artifact comes first',
    });
  });
  const told: unknown = JSON.parse(text);
  const format = typeof told === 'object' && told !== null && 'format' in told ? told.format : undefined;
  if (format !== 1) {
    throw new BuildError(`the artifact ${folder} has format ${String(format)}, and this version reads format 1`, {
      mend: 'build and deploy with the same version of Graceful',
    });
  }
  return buildSpec.parse(told);
}

/** The trees that a build consists of, each with its digest. Pure. */
export function treesOf({ trees, env }: Pick<BuildSpec, 'trees' | 'env'>): [PackTree['kind'], string][] {
  const all: [PackTree['kind'], string | null][] = [
    ['code', trees.code],
    ['static', trees.static],
    ['config', trees.config],
    ['env', env.digest],
  ];
  return all.flatMap(([kind, digest]): [PackTree['kind'], string][] => (digest === null ? [] : [[kind, digest]]));
}

function packOf(kind: PackTree['kind']): string {
  return `${kind}.pack`;
}

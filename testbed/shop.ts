import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { BREAKS, type Break, type Edit, MIGRATION, versionEdits } from './breaks.ts';
import { DEVELOPER } from './developer.ts';
import { MANAGER } from './manager.ts';
import { must } from './process.ts';

export type { Break } from './breaks.ts';

const SHOP = join(import.meta.dirname, '../examples/shop');

/** What running the site on one's own machine leaves in its folder. */
const NOT_SOURCE = ['__pycache__', 'data', 'media', 'staticfiles', '.ruff_cache', '.mypy_cache'];

type Config = { readonly [key: string]: unknown };

export interface ShopRepoOptions {
  /** Address of the host that stage `staging` (branch `main`) names; the stage's url is `http://<address>`. */
  readonly host?: string;
  /** Laid over the example's graceful.yml, mapping by mapping; null takes a key out. */
  readonly config?: Config;
}

export interface CommitOptions {
  /** What pages and style sheet say; "1" at first, and as in the commit before when not given. */
  readonly version?: string;
  /** What is wrong with this commit, and with this one only. */
  readonly break?: Break;
  /** Whether the good migration 0002 is there; false at first, and as in the commit before when not given. */
  readonly migration?: boolean;
  /** Laid over graceful.yml, for this commit only. */
  readonly config?: Config;
  /** Further files, for this commit only: path in the repository to content. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A git repository in a temporary folder that has `examples/shop` in it, on branch `main`, checked out. */
export interface ShopRepo extends AsyncDisposable {
  readonly path: string;
  /** Makes a commit of the whole shop, even where nothing changed. @returns its full SHA */
  commit(options?: CommitOptions): Promise<string>;
  git(...args: string[]): Promise<string>;
  dispose(): Promise<void>;
}

/** @returns a repository without a commit */
export async function makeShopRepo(options: ShopRepoOptions = {}): Promise<ShopRepo> {
  const path = await mkdtemp(join(tmpdir(), 'graceful-shop-'));
  const git = async (...args: string[]): Promise<string> =>
    (await must(['git', '-C', path, ...args], { env: DEVELOPER })).trim();
  const dispose = (): Promise<void> => rm(path, { recursive: true, force: true });
  let version = '1';
  let migration = false;
  await git('init', '--quiet', '--initial-branch=main');

  return {
    path,
    git,
    async commit(wanted = {}) {
      version = wanted.version ?? version;
      migration = wanted.migration ?? migration;
      await layOut(path);
      const edits: readonly Edit[] = wanted.break === undefined ? [] : BREAKS[wanted.break];
      for (const edit of [...versionEdits(version), ...(migration ? MIGRATION : []), ...edits]) await apply(path, edit);
      await configure(path, [MANAGER.config, stages(options.host), options.config, wanted.config]);
      for (const [file, to] of Object.entries(wanted.files ?? {})) await apply(path, { file, to });
      await git('add', '--all');
      const fault = wanted.break === undefined ? '' : `, ${wanted.break}`;
      await git('commit', '--quiet', '--allow-empty', '--message', `Version ${version}${fault}`);
      return git('rev-parse', 'HEAD');
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Makes the work tree the example as it stands, and nothing else. */
async function layOut(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (name !== '.git') await rm(join(path, name), { recursive: true });
  }
  await cp(SHOP, path, { recursive: true, filter: (source) => !NOT_SOURCE.includes(basename(source)) });
}

async function apply(path: string, { file, from, to }: Edit): Promise<void> {
  const target = join(path, file);
  if (from === undefined) {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, to);
    return;
  }
  const text = await readFile(target, 'utf8');
  if (!text.includes(from)) throw new Error(`examples/shop/${file} has no ${JSON.stringify(from)} to change`);
  await writeFile(
    target,
    text.replace(from, () => to),
  );
}

function stages(host: string | undefined): Config {
  if (host === undefined) return {};
  // The example's own stages name hosts that do not exist.
  const staging = { branch: 'main', host, user: 'deploy', url: `http://${host}` };
  return { stages: { production: null, staging } };
}

async function configure(path: string, layers: readonly (Config | undefined)[]): Promise<void> {
  const file = join(path, 'graceful.yml');
  const example: unknown = parse(await readFile(file, 'utf8'));
  await writeFile(
    file,
    stringify(layers.reduce<unknown>((below, layer) => (layer ? overlay(below, layer) : below), example)),
  );
}

function overlay(below: unknown, above: unknown): unknown {
  if (!isMapping(below) || !isMapping(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === null) delete merged[key];
    else merged[key] = overlay(merged[key], value);
  }
  return merged;
}

function isMapping(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

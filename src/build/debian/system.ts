/** A minimal system of the host's own release, to build in. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostFacts, HostPython } from '../../protocol/messages.ts';
import { type Lock, takeLock } from '../cache/lock.ts';
import { BuildError } from '../errors.ts';
import type { Match, RunnerPython } from '../python.ts';
import { run } from '../run.ts';
import { ensureInRunner } from './apt.ts';
import { keepArchive, makeArchive, obtainArchive, pruneArchives } from './archive.ts';
import { type Inside, insideOf } from './inside.ts';
import { recipeFor, recipeKey } from './recipe.ts';
import { type AsRoot, asRoot, removeAsRoot } from './root.ts';

export interface SystemOptions {
  facts: HostFacts;
  /** Of the Python that the site runs on. */
  minor: string;
  /** Debian packages that the build needs, by name. */
  packages: readonly string[];
  /** Builds everything inside, and not only what must be compiled. */
  always: boolean;
  /** A Python of the runner, which holds the lock. */
  python: string;
  /** Folder of this run, and others that are seen inside. */
  scratch: string;
  shared: readonly string[];
  /** Where systems are kept between runs. */
  cache: string;
  /** Longest wait for another apt. */
  waitMs: number;
  log: (line: string) => void;
}

/** Made when it is first entered; nothing of it is left but its archive, once it is disposed of. */
export interface DebianSystem extends AsyncDisposable {
  readonly name: string;
  readonly always: boolean;
  readonly python: string;
  /** All that is installed besides a base system. */
  readonly packages: readonly string[];
  readonly notices: string[];
  /** The same Python of the host, with its twin inside. */
  match: (match: Match) => Match;
  /** Asserts that the runner can make it. @throws BuildError naming the tools or rights that are missing */
  check: (why: string) => Promise<void>;
  /** @param why what needs it, for errors: `psycopg2 must be compiled` */
  open: (why: string) => Promise<Inside>;
  /** Saves it to the Actions cache, when it was made in this run; as `Obtained.keep`. */
  keep: () => Promise<string | null>;
}

/**
 * The Pythons that a minimal system of the host's release has: the host's own from Debian. Pure.
 *
 * @param wanted - `3.11`, or undefined for any
 * @throws BuildError when the host has the Python from elsewhere
 */
export function systemPythons(facts: HostFacts, wanted: string | undefined): RunnerPython[] {
  const fitting = facts.pythons.filter(({ minor }) => wanted === undefined || minor === wanted);
  const own = fitting.filter(isDebians);
  const [first] = fitting;
  if (own.length === 0 && first !== undefined) {
    throw new BuildError(
      `host ${facts.hostname} has Python ${first.version} in ${first.executable}, not from its release, and it is only the release's own that can be built for in a minimal system`,
      { mend: "use the release's own (python: { version: }), or set build: { in: runner }" },
    );
  }
  return own.map((python) => insidePython(facts, python));
}

/** A Python of the host as it is inside. Pure. */
export function insidePython(
  facts: Pick<HostFacts, 'machine' | 'libc'>,
  { minor, version, abi }: HostPython,
): RunnerPython {
  return { executable: `/usr/bin/python${minor}`, minor, version, abi, machine: facts.machine, libc: facts.libc };
}

function isDebians({ executable }: HostPython): boolean {
  return executable.startsWith('/usr/bin/');
}

/** The system for a host that {@link placeOf} has found fit. */
export function debianSystem(options: SystemOptions): DebianSystem {
  const { facts, minor, packages, always, python, cache, log } = options;
  const recipe = recipeFor(facts, minor, packages);
  if (recipe === null) throw new Error(`no system can be made of ${facts.os.id}`);
  const key = recipeKey(recipe, facts.machine, new Date());
  const archive = join(cache, 'debian', `${key}.tar`);
  const folder = join(cache, 'debian', `${key}.root`);
  const notices: string[] = [];
  const held: { lock?: Lock; root?: AsRoot; made?: boolean; inside?: Promise<Inside> } = {};

  const check = async (why: string): Promise<AsRoot> => {
    const needs = `${why} in ${recipe.name}, the system of host ${facts.hostname}`;
    const root = await asRoot(needs);
    await ensureInRunner(['mmdebstrap', recipe.keyring.package], {
      waitMs: options.waitMs,
      why: `${needs}, and that needs Debian packages`,
      log,
    });
    await run(root(['unshare', '--mount', '--pid', '--fork', 'true']), {
      mend: `${needs}, which this runner may not make (a container without privileges?): run it with --privileged, or set build: { in: runner }`,
    });
    return root;
  };
  const open = async (why: string): Promise<Inside> => {
    const root = await check(why);
    held.root = root;
    await mkdir(join(cache, 'debian'), { recursive: true });
    held.lock = await takeLock(python, join(cache, 'debian', `${key}.lock`), () =>
      log(`another run on this machine builds in ${recipe.name}: waiting for it`),
    );
    // What a killed run has left.
    await removeAsRoot(root, folder);
    held.made = await obtainArchive(archive, notices, async () => {
      log(`making a minimal system to build in: ${recipe.name}`);
      await makeArchive(recipe, archive, root);
    });
    await pruneArchives(join(cache, 'debian'), key);
    await run(root(['mkdir', folder]));
    await run(root(['tar', '--extract', '--file', archive, '--directory', folder, '--numeric-owner']));
    await bringUv(root, folder);
    return insideOf(folder, `/usr/bin/python${minor}`, root, options.scratch, options.shared);
  };
  return {
    name: recipe.name,
    always,
    python,
    packages: recipe.packages,
    notices,
    match: (match) => ({ ...match, runner: insidePython(facts, match.host) }),
    check: async (why) => {
      await check(why);
    },
    open: (why) => {
      held.inside ??= open(why);
      return held.inside;
    },
    keep: async () => (held.made === true ? keepArchive(archive) : null),
    [Symbol.asyncDispose]: async () => {
      await held.inside?.catch(() => undefined);
      if (held.root !== undefined && held.lock !== undefined) await removeAsRoot(held.root, folder);
      await held.lock?.[Symbol.asyncDispose]();
    },
  };
}

/** uv is one static program: where the runner has it, it installs inside too. */
async function bringUv(root: AsRoot, folder: string): Promise<void> {
  const found = await run(['sh', '-c', 'command -v uv'], { accept: [1, 127] });
  const uv = found.stdout.trim();
  if (uv !== '') await run(root(['install', '--mode=755', '--', uv, join(folder, 'usr/local/bin/uv')]));
}

/** Debian packages in the runner itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../errors.ts';
import { run } from '../run.ts';
import { type AsRoot, asRoot } from './root.ts';

/** Between two tries for a lock that another apt holds. */
const RETRY_MS = 1_000;

/** And in English: the words for a lock are looked for. */
const QUIETLY = ['DEBIAN_FRONTEND=noninteractive', 'NEEDRESTART_MODE=l', 'LC_ALL=C'];

export interface AptOptions {
  /** Longest wait for another apt. */
  waitMs: number;
  /** What they are needed for, for the error: `the build needs Debian packages`. */
  why: string;
  log?: (line: string) => void;
}

/**
 * Installs those packages that the runner lacks; waits for another apt.
 * @throws BuildError when apt is missing, may not be used, or does not have one of them
 */
export async function ensureInRunner(names: readonly string[], options: AptOptions): Promise<void> {
  if (names.length === 0) return;
  const missing = await missingInRunner(names, options.why);
  if (missing.length === 0) return;
  const root = await asRoot(`${options.why} that the runner lacks (${missing.join(', ')})`);
  options.log?.(`installing in the runner: ${missing.join(', ')}`);
  const end = Date.now() + options.waitMs;
  const apt = (args: readonly string[]) => runApt(root, args, end, options.why);
  const wanted = ['install', '--no-install-recommends', '--no-remove', ...missing];
  try {
    // The lists may be older than what the mirror still has.
    await apt(['update']);
    await apt(wanted);
  } catch (thrown) {
    if (!(thrown instanceof BuildError) || thrown instanceof Locked) throw thrown;
    throw new BuildError(`${options.why}, and apt cannot install them in the runner: ${missing.join(', ')}`, {
      mend: "names differ from one release of Debian or Ubuntu to the next: correct them, or build in a system of the host's own release: build: { in: debian }",
      output: [...thrown.output],
      cause: thrown,
    });
  }
}

class Locked extends BuildError {}

/** Those that are neither installed in the runner nor provided by what is. */
async function missingInRunner(names: readonly string[], why: string): Promise<string[]> {
  const shape = ['db:Status-Status', 'Package', 'Provides'].map((field) => `\${${field}}`).join('\t');
  const { stdout } = await run(['dpkg-query', '--show', `--showformat=${shape}\n`], {
    mend: `${why} (${names.join(', ')}): let the job run on Debian or Ubuntu, where they can be installed`,
  });
  return missingOf(names, stdout);
}

/** The names that no installed package has or provides, out of the words of dpkg-query. Pure. */
export function missingOf(names: readonly string[], told: string): string[] {
  const present = new Set<string>();
  for (const line of told.split('\n')) {
    const [status, name = '', provides = ''] = line.split('\t');
    if (status !== 'installed') continue;
    for (const each of [name, ...provides.split(',')]) present.add(each.replace(/\(.*/, '').trim());
  }
  return names.filter((name) => !present.has(name));
}

/** Runs apt-get. (It waits for dpkg's lock by itself, for that of its lists never.) */
async function runApt(root: AsRoot, args: readonly string[], end: number, why: string): Promise<void> {
  for (;;) {
    const left = Math.max(0, Math.floor((end - Date.now()) / 1000));
    const command = ['apt-get', '--quiet', '--yes', '--option', `DPkg::Lock::Timeout=${left}`, ...args];
    try {
      await run(root(['env', ...QUIETLY, ...command]));
      return;
    } catch (thrown) {
      const isLocked = thrown instanceof BuildError && thrown.output.join('\n').includes('Could not get lock');
      if (!isLocked) throw thrown;
      if (Date.now() >= end) {
        const mend = 'see what it does (ps -C apt,apt-get,dpkg), or give it more time: lock-timeout';
        throw new Locked(`${why}, and another apt of the runner does not end`, { mend, output: [...thrown.output] });
      }
      await sleep(RETRY_MS);
    }
  }
}

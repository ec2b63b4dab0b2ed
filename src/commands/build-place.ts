/** Where the environment of a release is built: in the runner, or in a minimal system like the host's. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureInRunner } from '../build/debian/apt.ts';
import type { DebianPackage } from '../build/debian/packages.ts';
import type { Place } from '../build/debian/place.ts';
import { type DebianSystem, debianSystem } from '../build/debian/system.ts';
import { findPythons } from '../build/find-pythons.ts';
import type { Match } from '../build/python.ts';
import { cacheFolder } from '../cache-folder.ts';
import type { Run } from '../config/types.ts';
import type { HostFacts } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';

/** Debian packages that have to be there where the build runs. */
export function debianNames(run: Run, packages: readonly DebianPackage[]): string[] {
  return [...new Set([...packages.map(({ name }) => name), ...run.stage.build.packages])];
}

/** What the plan's place needs before anything is built there. */
export async function prepareSystem(
  run: Run,
  work: { place: Place; match: Match; packages: readonly DebianPackage[] },
  facts: HostFacts,
  scratch: string,
  log: Log,
): Promise<DebianSystem | null> {
  const { place, match } = work;
  const packages = debianNames(run, work.packages);
  const common = { waitMs: run.lockMs, log: (line: string) => log.info(line) };
  if (place === 'runner') {
    await ensureInRunner(packages, { ...common, why: 'the build needs Debian packages' });
    return null;
  }
  const [any] = place === 'debian' ? await findPythons() : [match.runner];
  const cache = cacheFolder();
  const real = await realpath(scratch);
  const system = debianSystem({
    ...common,
    facts,
    minor: match.target.minor,
    packages,
    always: place === 'debian',
    python: any?.executable ?? 'python3',
    scratch: real,
    shared: [join(cache, 'envs'), ...(real === scratch ? [] : [scratch])],
    cache,
  });
  if (system.always) await system.check('the environment is built');
  return system;
}

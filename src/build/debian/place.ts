/** Where an environment is built. Pure. */
import type { Stage } from '../../config/types.ts';
import type { HostFacts } from '../../protocol/messages.ts';
import { BuildError } from '../errors.ts';
import { recipeFor } from './recipe.ts';

/** In the runner, in a minimal system of the host's release, or there only if something must be compiled. */
export type Place = 'runner' | 'debian' | 'as-needed';

/** Names of machines: Node's and the kernel's. */
const MACHINES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/**
 * @param wanted - `build.in`
 * @param needsPackages - the site names Debian packages: by the names that they have in the host's release
 * @throws BuildError when a minimal system is asked for and none of the host's kind can be made
 */
export function placeOf(
  wanted: Stage['build']['in'],
  facts: Pick<HostFacts, 'hostname' | 'os' | 'machine'>,
  needsPackages: boolean,
): Place {
  if (wanted === 'runner') return 'runner';
  const { os, hostname, machine } = facts;
  const isKnown = recipeFor(facts, '3', []) !== null;
  const isOwn = MACHINES[process.arch] === machine;
  if (isKnown && isOwn) return wanted === 'debian' || needsPackages ? 'debian' : 'as-needed';
  if (wanted === undefined) return 'runner';
  throw new BuildError(
    isKnown
      ? `build: { in: debian } needs a runner that is the same machine as host ${hostname} (${machine})`
      : `build: { in: debian } makes systems of Debian and Ubuntu, and host ${hostname} is ${os.id} ${os.version}`,
    {
      mend: isKnown
        ? `let the job run on a runner of that kind, or set build: { in: runner }`
        : 'set build: { in: runner }',
    },
  );
}

/** What the place adds to the inputs of an environment. Pure. */
export function placeInputs(
  place: Place,
  { os }: Pick<HostFacts, 'os'>,
  packages: readonly string[],
): Record<string, string> {
  return {
    ...(place === 'runner' ? {} : { build: `${place} ${os.id} ${os.version}` }),
    ...(packages.length === 0 ? {} : { packages: packages.toSorted().join(' ') }),
  };
}

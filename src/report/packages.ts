/** What a release has installed, beside what the live one has. */
import type { BuildSpec } from '../protocol/messages.ts';

type Installed = Pick<BuildSpec['env'], 'wheels'>;

/**
 * The differences as people write them, by name: `Django 5.2.1 -> 5.2.3`, `+pillow 11.3.0`, `-six 1.17.0`. Pure.
 */
export function packageChanges(before: Installed, after: Installed): string[] {
  const [old, now] = [before, after].map(({ wheels }) => new Map(wheels.map((wheel) => [key(wheel.name), wheel])));
  const names = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort();
  return names.flatMap((name) => {
    const [was, is] = [old?.get(name), now?.get(name)];
    if (is === undefined) return [`-${was?.name} ${was?.version}`];
    if (was === undefined) return [`+${is.name} ${is.version}`];
    return was.version === is.version ? [] : [`${is.name} ${was.version} -> ${is.version}`];
  });
}

/** What is live, as far as it counts here. */
interface Beside {
  release: string | null;
  build: BuildSpec | null;
}

/** The same beside what is live: all are new where nothing is, and null where an older version made it, which wrote none down. Pure. */
export function packagesBeside({ release, build }: Beside, after: Installed): string[] | null {
  if (release !== null && build === null) return null;
  return packageChanges(build?.env ?? { wheels: [] }, after);
}

/** One line for the summary. Pure. */
export function packagesText(before: BuildSpec | null, after: BuildSpec): string {
  const count = `${after.env.wheels.length} packages`;
  if (before === null) return count;
  const changes = packageChanges(before.env, after.env);
  return changes.length === 0 ? `${count}, the same as before` : changes.join(', ');
}

/** Names of packages are the same in any case, and with any of `-`, `_` and `.`. */
function key(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

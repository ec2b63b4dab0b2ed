/** Hosts that cannot be reached, where the stage lets a run go on without them. */
import type { Command } from '../config/commands.ts';
import type { StageHost } from '../config/types.ts';
import { HostError, type HostErrorKind } from '../ssh/error.ts';

/** Whoever cannot be connected to may be down; whoever refuses us, or shows another key, is not. */
const KINDS: readonly HostErrorKind[] = ['name', 'refused', 'timeout', 'unreachable', 'lost'];

/** What starts all processes of a release where it goes. */
const STARTING: readonly Command[] = ['deploy', 'promote', 'rollback', 'activate', 'update', 'restart'];

/** A host that cannot be reached. */
export interface Away {
  name: string;
  host: Pick<StageHost, 'processes'>;
  error: HostError;
}

/** True where a host is away, and not one that refuses. */
export function isAway(error: unknown): error is HostError {
  return error instanceof HostError && KINDS.includes(error.kind);
}

/**
 * Which processes beside web a run starts nowhere, since hosts that are away alone have them, in a sentence for each host. None is
 * moved: where the host is but out of reach, its own goes on, and of a singleton there would be two. Pure.
 * @param reached the hosts that take part
 */
export function lackingTexts(
  command: Command,
  away: readonly Pick<Away, 'name' | 'host'>[],
  reached: readonly Pick<Away, 'host'>[],
): string[] {
  if (!STARTING.includes(command)) return [];
  const here = new Set(reached.flatMap(({ host }) => host.processes));
  return away.flatMap(({ name, host }) => {
    const lacking = host.processes.filter((process) => !here.has(process));
    if (lacking.length === 0) return [];
    const it = lacking.length === 1 ? 'it' : 'them';
    return [
      `No host that was reached has ${lacking.join(', ')}: this run starts ${it} nowhere, the next one that reaches ${name} does.`,
    ];
  });
}

import { type Ambush, ambushAtObject, ambushAtRecord } from '../testbed/ambush.ts';
import type { TestHost } from '../testbed/host.ts';

/** A process of the host program stands still, until it is let go or killed. */
export interface Standstill {
  /** As the host counts. */
  readonly pid: number;
  /** Lets it go on. */
  go(): Promise<void>;
}

/** A watch that is set: `reached` resolves when the operation stands still. */
export interface Watch {
  readonly reached: Promise<Standstill>;
}

/**
 * Resolves when the watch is set, so that the operation may begin.
 * @param also what the record has to hold besides
 */
export async function standStillAt(host: TestHost, root: string, step: string, also?: string): Promise<Watch> {
  return watch(host, await ambushAtRecord(host, root, 'STOP', step, also));
}

/** The same for the moment at which the front receives the first object. */
export async function standStillReceiving(host: TestHost, root: string): Promise<Watch> {
  return watch(host, await ambushAtObject(host, root, 'STOP'));
}

function watch(host: TestHost, { struck }: Ambush): Watch {
  const reached = struck.then((pid): Standstill => {
    return { pid, go: async () => void (await host.exec(['kill', '-CONT', String(pid)])) };
  });
  // As in the ambush itself.
  reached.catch(() => undefined);
  return { reached };
}

/** Who runs on which of the machine's processors: the measured host on the first, the runner's side and the visitors on the others. */
import { availableParallelism } from 'node:os';
import { must } from '../../testbed/process.ts';

/** Before anything is bound to some of them. */
const COUNT = availableParallelism();

/** As far apart as this machine allows. */
export const FIRST = '0';
const OTHERS = `1-${COUNT - 1}`;
export const ALL = `0-${COUNT - 1}`;

/** Starts something on some of them. What a process starts stays where that process is; this one is on the others afterwards. */
export async function startOn<T>(processors: typeof FIRST | typeof ALL, start: () => Promise<T>): Promise<T> {
  if (COUNT < 2) return start();
  const bind = (list: string): Promise<string> =>
    must(['taskset', '--all-tasks', '--cpu-list', '--pid', list, String(process.pid)]);
  await bind(processors);
  try {
    return await start();
  } finally {
    await bind(OTHERS);
  }
}

/** The same program, on all of them. */
export const onAll = (argv: readonly string[]): string[] => ['taskset', '--cpu-list', ALL, ...argv];

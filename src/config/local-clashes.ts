/** What does not go together with `connection: local`. */
import type { Clash } from './clashes.ts';
import type { Path } from './document.ts';
import type { Draft } from './resolve.ts';
import type { GracefulFile, StageSettings } from './schema.ts';
import { dotted } from './shape.ts';

/** More than one host. */
export function manyHere({ connection, hosts }: Draft): Clash[] {
  if (connection === 'ssh' || hosts.length < 2) return [];
  return [{ ...severalHere(hosts.length), at: [['hosts', 1], ['hosts', 0], ['hosts'], ['connection']] }];
}

/** What is wrong with so many hosts, where this machine is to be the host. */
export function severalHere(count: number): Pick<Clash, 'message' | 'mend'> {
  return {
    message: `connection: local is for the one host that Graceful runs on, and there are ${count}`,
    mend: 'keep one host, or leave connection out',
  };
}

/** What is about SSH where a stage says that there is none. What the top says is for the other stages, if the stage says so by itself. */
export function sshForLocal(file: GracefulFile): (Clash & { stage: string })[] {
  return Object.entries(file.stages).flatMap(([name, stage]) => {
    if ((stage.connection ?? file.connection) !== 'local') return [];
    const levels = stage.connection === undefined ? [stage, file] : [stage];
    return levels.flatMap(sshKeys).map((at) => ({
      stage: name,
      message: `${dotted(at)} is about SSH, which connection: local does without`,
      mend: 'keep one of the two',
      at: [at],
    }));
  });
}

function sshKeys({ hosts = [], ...level }: StageSettings): Path[] {
  const places = [{ path: [], one: level }, ...hosts.map((one, index) => ({ path: ['hosts', index], one }))];
  return places.flatMap(({ path, one }): Path[] => {
    if (typeof one === 'string') return [];
    const { port, jump = 'none' } = one;
    return [...(port === undefined ? [] : [[...path, 'port']]), ...(jump === 'none' ? [] : [[...path, 'jump']])];
  });
}

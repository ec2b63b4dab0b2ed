import type { Waves } from '../config/types.ts';

/** The hosts in the order in which they switch: the canaries, then one batch after the other. Pure. */
export function wavesOf<Host>(hosts: readonly Host[], { canary, batch }: Pick<Waves, 'canary' | 'batch'>): Host[][] {
  const part = /^(\d+)%$/.exec(batch)?.[1];
  const size = part === undefined ? Number(batch) : Math.ceil((hosts.length * Number(part)) / 100);
  const waves = canary === 0 ? [] : [hosts.slice(0, canary)];
  for (let at = canary; at < hosts.length; at += size) waves.push(hosts.slice(at, at + size));
  return waves;
}

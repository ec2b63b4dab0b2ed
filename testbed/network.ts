import { must } from './process.ts';
import type { Slot } from './slot.ts';

/** Both ends of a host's own link. */
export interface Link {
  /** The outer machine's end: where the host's visitors seem to come from. */
  readonly gateway: string;
  /** The host's end. */
  readonly address: string;
}

/** 198.18.0.0/15 is set aside for test beds (RFC 2544): no office or cloud network uses it. */
const RANGE = '198.18.0.0/15';

/** Makes the host's network: a namespace that outlives its crashes, joined to this machine by one pair of interfaces. */
export async function makeNetwork(slot: Slot): Promise<Link> {
  const link: Link = { gateway: `198.18.${slot.number}.1`, address: `198.18.${slot.number}.2` };
  const outer = `ve-${slot.name}`;
  // What is sent to a host that is gone ends here, and never reaches this machine's own network.
  await must(['ip', 'route', 'replace', 'unreachable', RANGE]);
  await must(['ip', 'netns', 'add', slot.name]);
  await must(['ip', 'link', 'add', outer, 'type', 'veth', 'peer', 'name', 'host0', 'netns', slot.name]);
  await must(['ip', 'address', 'add', `${link.gateway}/30`, 'dev', outer]);
  await must(['ip', 'link', 'set', outer, 'up']);
  await must(['ip', '-n', slot.name, 'address', 'add', `${link.address}/30`, 'dev', 'host0']);
  await must(['ip', '-n', slot.name, 'link', 'set', 'host0', 'up']);
  await must(['ip', '-n', slot.name, 'link', 'set', 'lo', 'up']);
  return link;
}

/**
 * Every packet to or from the host vanishes, as when a cable is pulled: connections hang, nothing is refused.
 * @param port only what comes in for this TCP port, and the answers to it
 */
export async function cut(slot: Slot, port?: number): Promise<void> {
  const [to, from] = port === undefined ? ['', ''] : [`tcp dport ${port}`, `tcp sport ${port}`];
  const rules = `
    table inet cut
    delete table inet cut
    table inet cut {
      chain arriving { type filter hook input priority 0; iifname "host0" ${to} drop; }
      chain leaving { type filter hook output priority 0; oifname "host0" ${from} drop; }
    }`;
  await must(['ip', 'netns', 'exec', slot.name, 'nft', '-f', '-'], { input: rules });
}

/** Undoes `cut`; connections that did not give up meanwhile go on. */
export async function mend(slot: Slot): Promise<void> {
  await must(['ip', 'netns', 'exec', slot.name, 'nft', '-f', '-'], {
    input: 'table inet cut\ndelete table inet cut\n',
  });
}

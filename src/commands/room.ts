import type { PackTree } from '../build/pack.ts';
import type { Fault, HostFacts } from '../protocol/messages.ts';

/** Space that stays free for the site itself and the journal, bytes. */
const SPARE_BYTES = 32_000_000;
const SPARE_INODES = 1_000;

/** What the host needs for the trees to send: bytes and inodes. Code is kept twice, in the store and as a copy. Pure. */
export function needs(trees: readonly PackTree[]): { bytes: number; inodes: number } {
  let bytes = 0;
  let inodes = 0;
  for (const { kind, tree } of trees) {
    const copies = kind === 'code' ? 2 : 1;
    for (const entry of tree.manifest.entries) {
      bytes += entry.kind === 'link' ? 0 : entry.bytes * copies;
      inodes += copies;
    }
  }
  return { bytes, inodes };
}

/** Faults of a host that has no room for them, told before anything is sent. Pure. */
export function roomFaults(trees: readonly PackTree[], disk: HostFacts['disk'], root: string): Fault[] {
  const { bytes, inodes } = needs(trees);
  const faults: Fault[] = [];
  const mend = `make room on the file system of ${root}: df -h ${root}; df -i ${root}`;
  if (disk.freeBytes < bytes + SPARE_BYTES) {
    faults.push({
      what: `this release needs ${megabytes(bytes)} and ${megabytes(SPARE_BYTES)} to spare, and ${megabytes(disk.freeBytes)} are free on the host`,
      mend,
    });
  }
  if (disk.freeInodes < inodes + SPARE_INODES) {
    faults.push({
      what: `this release needs ${inodes} inodes and ${SPARE_INODES} to spare, and ${disk.freeInodes} are free on the host`,
      mend,
    });
  }
  return faults;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

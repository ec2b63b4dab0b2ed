import type { Fault, HostFacts } from '../protocol/messages.ts';
import type { Lack } from '../session/shipment.ts';
import type { PackTree } from '../shipping/pack.ts';

/** Space that stays free for the site itself and the journal, bytes. */
const SPARE_BYTES = 32_000_000;
const SPARE_INODES = 1_000;
/** A file or a folder takes whole blocks of a disk; nearly all file systems have this size, bytes. */
const BLOCK = 4096;

/** Bytes and inodes. */
export interface Room {
  bytes: number;
  inodes: number;
}

/**
 * What a release takes on the host's disk: the objects that the store does not have yet, and its own folders. Code is always copied
 * out of the store, the rest is linked. Pure.
 */
export function needs(trees: readonly PackTree[], lack: Lack): Room {
  const need = { bytes: 0, inodes: 0 };
  const add = (bytes: number): void => {
    need.bytes += Math.ceil(bytes / BLOCK) * BLOCK;
    need.inodes += 1;
  };
  for (const { bytes } of lack.objects) add(bytes);
  for (const { kind, tree } of trees) {
    if (kind === 'env' && !lack.env) continue;
    const folders = new Set<string>();
    for (const entry of tree.manifest.entries) {
      for (let end = entry.path.indexOf('/'); end > 0; end = entry.path.indexOf('/', end + 1)) {
        folders.add(entry.path.slice(0, end));
      }
      if (entry.kind === 'link') need.inodes += 1;
      else if (kind === 'code' || kind === 'config') add(entry.bytes);
    }
    need.bytes += folders.size * BLOCK;
    need.inodes += folders.size;
  }
  return need;
}

/** Faults of a host that has no room for so much, told before anything is sent. Pure. */
export function roomFaults({ bytes, inodes }: Room, disk: HostFacts['disk'], root: string): Fault[] {
  const faults: Fault[] = [];
  if (disk.freeBytes < bytes + SPARE_BYTES) {
    faults.push({
      what: `the disk of ${root} is too full: ${megabytes(disk.freeBytes)} free; ${wants(bytes, megabytes)} ${megabytes(SPARE_BYTES)} to spare are needed`,
      mend: `make room there: df -h ${root}`,
    });
  }
  if (disk.freeInodes < inodes + SPARE_INODES) {
    faults.push({
      what: `the disk of ${root} has too few inodes: ${disk.freeInodes} free; ${wants(inodes, String)} ${SPARE_INODES} to spare are needed`,
      mend: `remove files there (many small ones, such as sessions or a cache): df -i ${root}`,
    });
  }
  return faults;
}

function wants(amount: number, words: (amount: number) => string): string {
  return amount === 0 ? 'at least' : `${words(amount)} for this release and`;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

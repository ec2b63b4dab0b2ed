import type { PackTree } from '../build/pack.ts';
import type { Fault, HostFacts } from '../protocol/messages.ts';

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
 * What a release takes on the host's disk. Code is always copied out of the store, the rest is linked; folders are made for
 * each. Pure.
 *
 * @param lacked those of the trees that the store does not have yet
 */
export function needs(trees: readonly PackTree[], lacked: readonly PackTree[]): Room {
  const need = { bytes: 0, inodes: 0 };
  for (const each of trees) {
    const { kind, tree } = each;
    const isNew = lacked.includes(each);
    if (kind === 'env' && !isNew) continue;
    const copies = (isNew ? 1 : 0) + (kind === 'code' || kind === 'config' ? 1 : 0);
    const folders = new Set<string>();
    for (const entry of tree.manifest.entries) {
      for (let end = entry.path.indexOf('/'); end > 0; end = entry.path.indexOf('/', end + 1)) {
        folders.add(entry.path.slice(0, end));
      }
      need.bytes += entry.kind === 'link' ? 0 : Math.ceil(entry.bytes / BLOCK) * BLOCK * copies;
      need.inodes += entry.kind === 'link' ? 1 : copies;
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

import type { TestHost } from './host.ts';

/** Who fills a disk. */
export type Filler = 'a site' | 'root';

/** Python that takes every free byte of an open file's file system. */
export const TAKE_BLOCKS = `
import errno, os
def take_blocks(handle):
    at, step = 0, 1 << 26
    while step >= 4096:
        try:
            os.posix_fallocate(handle, at, step)
            at += step
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            step >>= 1
`;

/**
 * Takes every free byte of a folder's file system as soon as something appears in that folder, before whoever made it goes on:
 * the kernel tells of it at once, and this program goes before all others.
 */
const FILL_WHEN = `${TAKE_BLOCKS}
import ctypes, select, sys, time
folder, name, filling, user = sys.argv[1:]
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init()
IN_CREATE, IN_MOVED_TO = 0x100, 0x80
if libc.inotify_add_watch(watch, folder.encode(), IN_CREATE | IN_MOVED_TO) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
handle, seen, end = os.open(filling, os.O_WRONLY | os.O_CREAT), b"", time.monotonic() + 150
while name.encode() not in seen:
    if not select.select([watch], [], [], 1)[0]:
        if time.monotonic() > end:
            sys.exit(f"nothing came into {folder}")
        continue
    seen += os.read(watch, 65536)
# An ordinary user leaves free what a file system keeps for root, as a site does that fills its disk.
os.setuid(int(user))
take_blocks(handle)
`;

/**
 * Fills the disk once a name that holds `name` appears in the folder. Resolves when it is full.
 *
 * @param filling the file that takes the space; to be removed by the caller
 * @param by root takes the blocks that are kept for it, too
 */
export async function fillWhen(
  host: TestHost,
  folder: string,
  name: string,
  filling: string,
  by: Filler = 'a site',
): Promise<void> {
  const uid = by === 'root' ? '0' : '65534';
  await host.must(['python3', '-I', '-', folder, name, filling, uid], { input: FILL_WHEN, timeout: 170_000 });
}

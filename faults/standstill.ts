import type { TestHost } from '../testbed/host.ts';
import { until } from '../testbed/slot.ts';

/** A process of the host program stands still, until it is let go or killed. */
export interface Standstill {
  /** As the host counts. */
  readonly pid: number;
  /** Lets it go on. */
  go(): Promise<void>;
}

/**
 * SIGSTOP to whoever wrote the step's record, as soon as it stands in the journal. fanotify(7) names the writer with the write
 * itself: looking for the holder of the lock in /proc/locks takes 15 ms, in which a quick operation has ended.
 */
const STOP_AT = `
import ctypes, os, select, signal, struct, sys, time
root, ready, patience, *words = sys.argv[1:]
words = [word.encode() for word in words]
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
journal = open(f"{root}/journal.jsonl", "rb")
journal.seek(0, 2)
libc = ctypes.CDLL(None, use_errno=True)
FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD = 1, 2, -100
EVENT = struct.Struct("=IBBHQii")
watch = libc.fanotify_init(0, os.O_RDONLY)
if watch < 0 or libc.fanotify_mark(watch, FAN_MARK_ADD, ctypes.c_uint64(FAN_MODIFY), AT_FDCWD, journal.name.encode()) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
open(ready, "w").close()
end, seen = time.monotonic() + float(patience), b""
while time.monotonic() < end:
    if not select.select([watch], [], [], 1)[0]:
        continue
    for *_, file, pid in EVENT.iter_unpack(os.read(watch, EVENT.size * 64)):
        os.close(file)
    seen += journal.read()
    if any(all(word in line for word in words) for line in seen.split(b"\\n")):
        os.kill(pid, signal.SIGSTOP)
        print(pid)
        sys.exit(0)
sys.exit("the step did not come")
`;

/** Seconds that a step may take to come. */
const PATIENCE = 100;

/** SIGSTOP to the front as soon as it writes an object that comes in: the file has its number in its name. */
const STOP_RECEIVING = `
import ctypes, os, select, signal, struct, sys, time
root, ready, patience = sys.argv[1:]
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init()
IN_CREATE, HEAD = 0x100, 16
if libc.inotify_add_watch(watch, f"{root}/.store/incoming".encode(), IN_CREATE) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
open(ready, "w").close()
end = time.monotonic() + float(patience)
while time.monotonic() < end:
    if select.select([watch], [], [], 1)[0]:
        told = os.read(watch, 65536)
        length = struct.unpack_from("I", told, 12)[0]
        pid = int(told[HEAD:HEAD + length].rstrip(b"\\0").rpartition(b".")[2])
        os.kill(pid, signal.SIGSTOP)
        print(pid)
        sys.exit(0)
sys.exit("nothing came in")
`;

/** A watch that is set: `reached` resolves when the operation stands still. */
export interface Watch {
  readonly reached: Promise<Standstill>;
}

/**
 * Resolves when the watch is set, so that the operation may begin.
 * @param also what the record has to hold besides
 */
export function standStillAt(host: TestHost, root: string, step: string, also?: string): Promise<Watch> {
  return setWatch(host, STOP_AT, root, [`"step":"${step}"`, ...(also ? [also] : [])]);
}

/** The same for the moment at which the front receives the first object. */
export function standStillReceiving(host: TestHost, root: string): Promise<Watch> {
  return setWatch(host, STOP_RECEIVING, root, []);
}

async function setWatch(host: TestHost, program: string, root: string, words: string[]): Promise<Watch> {
  const ready = '/run/graceful-watch-ready';
  await host.must(['rm', '-f', ready]);
  const argv = ['python3', '-I', '-', root, ready, String(PATIENCE), ...words];
  const said = host.must(argv, { input: program, timeout: (PATIENCE + 20) * 1_000 });
  const isReady = until('the watch is set', 30_000, async () => (await host.exec(['test', '-e', ready])).code === 0);
  await Promise.race([isReady, said]);
  const reached = said.then((text): Standstill => {
    const pid = Number(text);
    return { pid, go: async () => void (await host.exec(['kill', '-CONT', String(pid)])) };
  });
  // Whoever waits for it is told; a case that ends otherwise first must not end the whole suite.
  reached.catch(() => undefined);
  return { reached };
}

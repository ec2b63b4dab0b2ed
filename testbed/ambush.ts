import type { TestHost } from './host.ts';

/** A signal that a process of the host program gets at a moment of its own work. */
export interface Ambush {
  /** Resolves with its pid, as the host counts, when it has got it. */
  readonly struck: Promise<number>;
}

/** Seconds that the moment may take to come. */
const PATIENCE = 100;

/** What the kernel tells of comes at once, and this goes before all others on a busy machine: else the moment could be over. */
const HEAD = `
import ctypes, os, select, signal, struct, sys, time
root, ready, patience, number, *words = sys.argv[1:]
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
libc = ctypes.CDLL(None, use_errno=True)
def well(answer):
    if answer < 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    return answer
def told(watch, size):
    open(ready, "w").close()
    end = time.monotonic() + float(patience)
    while time.monotonic() < end:
        if select.select([watch], [], [], 1)[0]:
            yield os.read(watch, size)
    sys.exit("the moment did not come")
def strike(pid):
    os.kill(pid, int(number))
    print(pid)
    sys.exit(0)
`;

/** fanotify(7) names the writer with the write itself: whoever looks for it first may find that its operation has ended. */
const AT_RECORD = `${HEAD}
words = [word.encode() for word in words]
journal = open(f"{root}/journal.jsonl", "rb")
journal.seek(0, 2)
FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD = 1, ctypes.c_uint64(2), -100
EVENT = struct.Struct("=IBBHQii")
watch = well(libc.fanotify_init(0, os.O_RDONLY))
well(libc.fanotify_mark(watch, FAN_MARK_ADD, FAN_MODIFY, AT_FDCWD, journal.name.encode()))
seen = b""
for events in told(watch, EVENT.size * 64):
    for *_, file, pid in EVENT.iter_unpack(events):
        os.close(file)
    seen += journal.read()
    if any(all(word in line for word in words) for line in seen.split(b"\\n")):
        strike(pid)
`;

/** The file has its writer's number in its name. */
const AT_OBJECT = `${HEAD}
IN_CREATE, NAME = 0x100, 16
watch = well(libc.inotify_init())
well(libc.inotify_add_watch(watch, f"{root}/.store/incoming".encode(), IN_CREATE))
for event in told(watch, 65536):
    length = struct.unpack_from("I", event, 12)[0]
    strike(int(event[NAME:NAME + length].rstrip(b"\\0").rpartition(b".")[2]))
`;

const NUMBERS = { KILL: '9', STOP: '19' } as const;

/**
 * A signal to whoever writes a step's record, as soon as that stands in the journal. Resolves when all is set, so that the
 * operation may begin.
 * @param also what the record has to hold besides
 */
export function ambushAtRecord(
  host: TestHost,
  root: string,
  signal: keyof typeof NUMBERS,
  step: string,
  also?: string,
): Promise<Ambush> {
  return setUp(host, AT_RECORD, [root, signal, `"step":"${step}"`, ...(also ? [also] : [])]);
}

/** The same to the front that receives the first object. */
export function ambushAtObject(host: TestHost, root: string, signal: keyof typeof NUMBERS): Promise<Ambush> {
  return setUp(host, AT_OBJECT, [root, signal]);
}

async function setUp(
  host: TestHost,
  program: string,
  [root, signal, ...words]: [string, keyof typeof NUMBERS, ...string[]],
): Promise<Ambush> {
  const ready = '/run/graceful-ambush-ready';
  await host.must(['sh', '-c', `rm -f ${ready} && mkfifo ${ready}`]);
  const argv = ['python3', '-I', '-', root, ready, String(PATIENCE), NUMBERS[signal], ...words];
  const struck = host.must(argv, { input: program, timeout: (PATIENCE + 20) * 1_000 }).then(Number);
  // Ends as soon as the other end was opened.
  await Promise.race([host.must(['timeout', '30', 'cat', ready]), struck]);
  // Whoever waits for it is told; a test that ends otherwise first must not end the whole run.
  struck.catch(() => undefined);
  return { struck };
}

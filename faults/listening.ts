/** What the host program does to files, written down act by act. */
import { type Act, type Places, tooEarly } from './durable.ts';
import type { World } from './world.ts';

/** Read by every Python as it starts (see host.ts). */
const START = '/etc/python3.11/sitecustomize.py';
const LOG = '/var/tmp/graceful-acts';

/** Writes down, before each goes on, what the deploy user's Python programs do to files. */
const LISTEN = `
import os, pwd
if os.getuid() == pwd.getpwnam("deploy").pw_uid:
    import atexit, builtins, ctypes, io, json, sys
    log = os.open("${LOG}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    def tell(act, **more):
        os_write(log, (json.dumps({"pid": os.getpid(), "act": act, **more}) + "\\n").encode())
    def whole(path, folder=None):
        path = os.fsdecode(path)
        if folder is not None and not os.path.isabs(path):
            path = os.readlink(f"/proc/self/fd/{folder}") + "/" + path
        return os.path.abspath(path)
    os_write, os_open, os_fsync, io_open = os.write, os.open, os.fsync, io.open
    def opened(path, flags, mode=0o777, *, dir_fd=None):
        made = {"made": True} if dir_fd is None and not os.path.lexists(path) else {}
        handle = os_open(path, flags, mode, dir_fd=dir_fd)
        # What is neither made nor appended to keeps its content: locks, and room that is kept.
        if flags & (os.O_WRONLY | os.O_RDWR) and flags & (os.O_CREAT | os.O_APPEND | os.O_TRUNC):
            named = os.readlink(f"/proc/self/fd/{handle}")
            # Opened is not written yet: a journal is written once per opening, other files are whatever they get.
            tell("write", path=named, **made)
        return handle
    def io_opened(file, mode="r", *args, **more):
        if isinstance(file, (str, bytes, os.PathLike)) and set(mode) & set("wax+"):
            tell("write", path=whole(file))
        return io_open(file, mode, *args, **more)
    def synced(handle):
        os_fsync(handle)
        tell("fsync", path=os.readlink(f"/proc/self/fd/{handle if isinstance(handle, int) else handle.fileno()}"))
    def after(name, act, two=False):
        real = getattr(os, name)
        def did(*args, **more):
            path = whole(args[1], more.get("dst_dir_fd")) if two else None
            over = {"over": True} if act == "rename" and os.path.lexists(path) else {}
            done = real(*args, **more)
            if two:
                tell(act, **{"from": whole(args[0], more.get("src_dir_fd"))}, path=path, **over)
            else:
                path = args[1] if act == "symlink" else args[0]
                tell(act, path=whole(path, more.get("dir_fd")))
            return done
        setattr(os, name, did)
    os.open, builtins.open, io.open, os.fsync = opened, io_opened, io_opened, synced
    for name, act, two in (("rename", "rename", True), ("replace", "rename", True), ("link", "link", True),
                           ("unlink", "unlink", False), ("remove", "unlink", False), ("mkdir", "mkdir", False),
                           ("symlink", "symlink", False)):
        after(name, act, two)
    class Library(ctypes.CDLL):
        def __getattr__(self, name):
            found = super().__getattr__(name)
            if name != "syncfs":
                return found
            def synced_all(handle):
                done = found(handle)
                tell("syncfs")
                return done
            # The class keeps what it has found.
            setattr(self, name, synced_all)
            return synced_all
    ctypes.CDLL = Library
    sys.addaudithook(lambda event, _: tell("run") if event == "subprocess.Popen" else None)
    exit_now = os._exit
    def ended(code):
        tell("end")
        exit_now(code)
    os._exit = ended
    atexit.register(tell, "end")
`;

/** Does something to a site while all acts are written down. @returns what a process did too early */
export async function listening(
  { shop: { host } }: World,
  places: Places,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const own = await host.readFile(START);
  await host.writeFile(START, own + LISTEN);
  try {
    await work();
    const log = await host.readFile(LOG);
    return judged(log, places);
  } finally {
    await host.writeFile(START, own);
    await host.must(['rm', '-f', LOG]);
  }
}

/** The log's processes, each judged by itself. */
function judged(log: string, places: Places): string[] {
  const processes = new Map<number, Act[]>();
  for (const line of log.trimEnd().split('\n')) {
    const { pid, ...act }: Act & { pid: number } = JSON.parse(line);
    processes.set(pid, [...(processes.get(pid) ?? []), act]);
  }
  if (processes.size === 0) return ['nothing was written down'];
  return [...new Set([...processes.values()].flatMap((acts) => tooEarly(acts, places)))];
}

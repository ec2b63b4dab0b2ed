"""Runs one program; when it ends, ends all that came of it too, and removes the folder that it all lived in.

`reap.py FOLDER PROGRAM ARGUMENT...`. Daemons leave their parents, sessions and process groups behind, but not this: what
loses its parent below here becomes a child of this process. In a PID namespace it is the first process, to the same end.
While it runs it holds the lock `FOLDER/lock`; the kernel frees that, whatever happens.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import sys

PR_SET_CHILD_SUBREAPER = 36
MNT_DETACH = 2


def children() -> "list[int]":
    """Whose parent is this process now."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                parent = file.read().rpartition(")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == os.getpid():
            found.append(int(name))
    return found


def run(argv: "list[str]") -> int:
    """Runs the program to its end and buries every orphan meanwhile. Returns its exit code, as a shell says it."""
    # With all open files: one of them is the program's line to whoever started this.
    program = os.posix_spawnp(argv[0], argv, os.environ)

    def stop(*_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(program, signal.SIGKILL)

    signal.signal(signal.SIGTERM, stop)
    while True:
        pid, status = os.wait()
        if pid == program:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def end_the_rest() -> None:
    """Kills what is left, and what that leaves in turn, until there is nothing."""
    while True:
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def unmount_below(libc: ctypes.CDLL, folder: str) -> None:
    """Only root, in a mount namespace of the demo's own, has mounted anything."""
    with open("/proc/self/mounts") as file:
        targets = [line.split()[1] for line in file]
    for target in targets:
        if target.startswith(folder + "/"):
            libc.umount2(target.encode(), MNT_DETACH)


def main(folder: str, argv: "list[str]") -> int:
    lock = os.open(os.path.join(folder, "lock"), os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        return run(argv)
    finally:
        end_the_rest()
        unmount_below(libc, folder)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))

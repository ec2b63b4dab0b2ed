"""Processes as /proc shows them: who they are, whose children, and which of them hold a backend's socket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .sockets import listening_inodes

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process. `started` is in the kernel's own ticks since boot: with the pid it names a process once and for all."""

    pid: int
    state: str
    parent: int
    group: int
    started: str

    @property
    def alive(self) -> bool:
        """A zombie has ended; only its parent has not asked how."""
        return self.state not in "ZX"


def parse_stat(text: str) -> Process:
    """A process from the text of /proc/<pid>/stat; the name in it may hold blanks and brackets."""
    pid, _, rest = text.partition(" (")
    fields = rest.rpartition(") ")[2].split()
    return Process(int(pid), fields[0], int(fields[1]), int(fields[2]), fields[19])


def look_up(pid: int) -> Process | None:
    """The living process of this number."""
    try:
        process = parse_stat((PROC / str(pid) / "stat").read_text(errors="replace"))
    except (OSError, ValueError, IndexError):
        return None
    return process if process.alive else None


def at_rest(pid: int) -> bool:
    """False while a process computes, or waits for a disk: one that has just been started loads its code."""
    process = look_up(pid)
    return process is None or process.state not in "RD"


def descends(pid: int, ancestor: int) -> bool:
    """True where `pid` is `ancestor`, its child, its child's child ..."""
    while pid > 1 and pid != ancestor:
        process = look_up(pid)
        if process is None:
            return False
        pid = process.parent
    return pid == ancestor and pid > 0


def _own() -> Iterator[Process]:
    """Every living process of this user, but this one."""
    for name in os.listdir(PROC):
        with suppress(OSError):
            if name.isdigit() and int(name) != os.getpid() and (PROC / name).stat().st_uid == os.geteuid():
                process = look_up(int(name))
                if process is not None:
                    yield process


def _has_variable(pid: int, variable: bytes) -> bool:
    try:
        return variable in (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _holds(pid: int, inodes: set[str]) -> bool:
    """True where one of its open files is one of these sockets."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    with suppress(OSError):
        for entry in os.scandir(PROC / str(pid) / "fd"):
            with suppress(OSError):
                if os.readlink(entry.path) in wanted:
                    return True
    return False


def processes_of(socket: Path, known: int = 0) -> list[Process]:
    """Processes of this user that belong to the backend with this socket, whoever started them; its first process first.

    The proof is that they listen on it, or (before they do) that they were started with its folder as RUNTIME_DIRECTORY,
    or that their manager has just told this pid (`known`); what is in the process group of such a one belongs to it too.
    """
    inodes = listening_inodes(socket)
    variable = b"RUNTIME_DIRECTORY=" + os.fsencode(socket.parent)
    own = list(_own())
    proved = {
        process.pid: process
        for process in own
        if process.pid == known
        or _has_variable(process.pid, variable)
        or (inodes and _holds(process.pid, inodes))
    }
    groups = {process.group for process in proved.values()} - {os.getpgrp()}
    found = [process for process in own if process.pid in proved or process.group in groups]
    pids = {process.pid for process in found}
    return sorted(found, key=lambda process: (process.parent in pids, int(process.started), process.pid))

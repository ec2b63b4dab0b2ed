"""How much memory a backend has: the resident pages of all its processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .manager import State
from .proc import PROC, look_up

CGROUPS = Path("/sys/fs/cgroup")


def memory_of(state: State) -> int | None:
    """Bytes, pages that its processes share counted in each; None where nothing runs."""
    if not state.pid:
        return None
    pids = list(_in_cgroup(state.cgroup)) if state.cgroup else []
    sizes = [_resident(pid) for pid in pids or _family(state.pid)]
    return sum(sizes) or None


def _in_cgroup(cgroup: str) -> Iterator[int]:
    """Processes of a unit, those of groups that it made within its own too."""
    for folder, _, files in os.walk(CGROUPS / cgroup.lstrip("/")):
        if "cgroup.procs" in files:
            with suppress(OSError):
                yield from map(int, Path(folder, "cgroup.procs").read_text().split())


def _family(ancestor: int) -> list[int]:
    """A process, its children, their children ..."""
    children: dict[int, list[int]] = {}
    for name in os.listdir(PROC):
        process = look_up(int(name)) if name.isdigit() else None
        if process is not None:
            children.setdefault(process.parent, []).append(process.pid)
    found = [ancestor]
    for pid in found:
        found += children.get(pid, [])
    return found


def _resident(pid: int) -> int:
    try:
        return int((PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0

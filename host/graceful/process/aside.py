"""Processes that end while nobody waits for their end: whoever serves visitors, or is about to, goes before them.

Python needs 0.1 s to 0.2 s of a processor to take one of a site's processes down (measured), and those of a web server end all
at once, while the new release starts. `graceful-unit retire` does the same as root.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

#: The least that there is of a processor beside others.
LAST = 19


def step_aside(pids: Iterable[int]) -> None:
    """All else goes before these from now on, as far as the kernel lets: it matters to no outcome."""
    for pid in pids:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, LAST)
            # Sessions share the processor before processes do (sched(7), autogroups); not one that others are in.
            if os.getsid(pid) == pid:
                Path(f"/proc/{pid}/autogroup").write_text(str(LAST))


def members(cgroup: str) -> list[int]:
    """The processes of a control group such as `/user.slice/...`; none where it is gone."""
    if not cgroup:
        return []
    try:
        return [int(line) for line in Path(f"/sys/fs/cgroup{cgroup}/cgroup.procs").read_text().split()]
    except OSError:
        return []

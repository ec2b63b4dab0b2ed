"""What visitors get now, from a look: `current` alone does not tell whether anything listens behind it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ..errors import GracefulError
from ..process.sockets import listening_inodes
from ..site.links import linked_release
from .context import Context


def named(context: Context) -> str | None:
    """The release that `current` names, though its description may be gone; None where there is nothing of it."""
    live = linked_release(context.paths, "current")
    return live if live is not None and context.paths.release(live).folder.is_dir() else None


def as_before(context: Context) -> str:
    """The state of a site that was left alone, as a sentence. It needs no journal: that may be what is damaged."""
    live = named(context)
    if live is None:
        there = os.path.lexists(context.paths.current)
        return "`current` is as it was." if there else "Nothing serves yet, as before."
    with suppress(OSError):
        if listening_inodes(Path(os.readlink(context.paths.release(live).sock))):
            return f"{live} serves on, untouched."
    with suppress(GracefulError, OSError):
        halted = context.history().halted
        if halted is not None:
            return f"{live} is down as before: it was stopped at {halted['at']}, and stays so until `start`."
    return f"{live} is live, and no backend of it listens now: visitors get errors. `status` tells more."

"""The counter of a site's operations: who asked later, whatever came first to the lock (invariant 7)."""

from __future__ import annotations

import fcntl
import os

from ..errors import GracefulError
from .paths import SitePaths


def raise_ticket(paths: SitePaths, confirmed: int) -> int:
    """The next ticket, counted under a lock of its own; above the highest `confirmed` one in any case."""
    paths.operations.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(paths.ticket, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        raw = os.pread(handle, 32, 0)
        try:
            ticket = max(int(raw or b"0"), confirmed) + 1
        except ValueError as error:
            raise GracefulError(
                f"{paths.ticket} is damaged: it is no number",
                f"Remove the file (rm {paths.ticket}): it is made anew from the journal.",
                code="host",
            ) from error
        # Never shorter than before, so that a full disk cannot lose the counter.
        os.pwrite(handle, b"%020d" % ticket, 0)
        return ticket
    finally:
        os.close(handle)

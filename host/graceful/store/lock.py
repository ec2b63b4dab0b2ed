"""The store's lock: shared from asking what is missing until it is assembled, exclusive for clean-up."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..site.owner import as_folder


class StoreHold:
    """A shared hold on the store. It goes over to a forked process, which then has to release it too."""

    def __init__(self, path: Path) -> None:
        self._handle = _open(path)
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def release(self) -> None:
        """Gives this process's copy up; can be repeated."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


class StoreBusy(Exception):
    """Somebody sends something to the store, or cleans it."""


@contextmanager
def store_alone(path: Path, patience: float) -> Iterator[None]:
    """The store for clean-up alone. Raises StoreBusy after `patience` seconds; a deploy's own wait is for the site's lock with
    the store in hand, so never wait for this with that lock in hand."""
    handle = _open(path)
    try:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise StoreBusy from None
                time.sleep(0.1)
        yield
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    as_folder(handle, path)
    return handle

"""The store's lock: shared from asking what is missing until it is assembled, exclusive for clean-up."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ..site.owner import as_folder


class StoreHold:
    """A shared hold on the store. It goes over to a forked process, which then has to release it too."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        as_folder(self._handle, path)
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def release(self) -> None:
        """Gives this process's copy up; can be repeated."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

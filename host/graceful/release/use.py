"""A release is not removed under a command that runs in it: a lock on its folder, which goes with its holder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Holds a release while the body runs; others may as well. Raises FileNotFoundError where it is gone."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Whoever removes it has the lock for a moment only.
        fcntl.flock(handle, fcntl.LOCK_SH)
        if not folder.is_dir():
            raise FileNotFoundError(folder)
        yield
    finally:
        os.close(handle)


@contextmanager
def unused(folder: Path) -> Iterator[bool]:
    """False where somebody holds it; else nobody can while the body runs. Waits for nobody."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield True
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)

"""A `current` that is not ours (a folder, another tool's link) gives way to ours, and can be brought back.

Both renames are exchanges where the kernel and the file system know them: there is no moment without a `current`.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

from .links import foreign, foreign_current, remove_link, sync_folder
from .paths import SitePaths

AT_FDCWD = -100
RENAME_EXCHANGE = 2


def exchange(one: Path, other: Path) -> None:
    """Each gets the other's name, at once. Raises OSError where this is not known here."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        rename = libc.renameat2
    except AttributeError:
        raise OSError("this C library has no renameat2") from None
    if rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one))


def take_place(paths: SitePaths) -> None:
    """Puts the candidate in the place of a `current` that is not ours, which is kept as `current.adopted`."""
    try:
        exchange(paths.candidate, paths.current)
    except OSError:
        os.rename(paths.current, paths.adopted)
        os.rename(paths.candidate, paths.current)
    else:
        os.rename(paths.candidate, paths.adopted)
    sync_folder(paths.root)


def give_back(paths: SitePaths) -> bool:
    """Brings back what `take_place` has put aside, wherever it was killed; False where there is nothing to bring back."""
    kept = next((path for path in (paths.adopted, paths.candidate) if foreign(paths, path) is not None), None)
    if kept is None or foreign_current(paths) is not None:
        if foreign(paths, paths.adopted) is None:
            # Ours, from one that was killed after its exchange.
            remove_link(paths.adopted)
        return False
    try:
        exchange(kept, paths.current)
    except OSError:
        with suppress(FileNotFoundError):
            os.unlink(paths.current)
        os.rename(kept, paths.current)
    with suppress(FileNotFoundError):
        os.unlink(kept)
    sync_folder(paths.root)
    return True

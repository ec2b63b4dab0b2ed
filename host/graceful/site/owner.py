"""Owners and modes of what the host program makes, set explicitly and never left to the umask (the design's table)."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = 0o755
FILE = 0o444
PROGRAM = 0o555
#: The site reads it, the web server never.
PRIVATE = 0o640


def make_folder(path: Path, gid: int, mode: int = FOLDER) -> None:
    """A folder of the site's group; fine when it is there already."""
    path.mkdir(exist_ok=True)
    own(path, gid, mode)


def own(path: Path, gid: int, mode: int) -> None:
    """Sets group and mode of a file or folder that we made."""
    os.chown(path, -1, gid)
    os.chmod(path, mode)


def make_link(path: Path, target: Path | str, gid: int) -> None:
    """A link that belongs to the site's group, as what it leads to."""
    os.symlink(target, path)
    os.lchown(path, -1, gid)


def write_file(path: Path, content: bytes, gid: int, mode: int) -> None:
    """A new file that nobody but us could read before it had its owner and mode."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        os.fchown(handle, -1, gid)
        os.fchmod(handle, mode)
        file.write(content)

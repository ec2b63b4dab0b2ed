"""Owners and modes of what the host program makes, set explicitly and never left to the umask (the design's table)."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    """The group of all that is made for a site, and the modes of each kind; the defaults are those of a site whose
    deploy user, own user and web server are three users."""

    gid: int
    folder: int = 0o755
    file: int = 0o444
    program: int = 0o555
    #: The site reads it, the web server never.
    private: int = 0o640
    #: Shared folders: the site writes there, and what it writes gets its group. The web server reads public ones.
    data: int = 0o2770
    public: int = 0o2775

    def make_folder(self, path: Path, mode: int | None = None) -> None:
        """A folder; fine when it is there already."""
        path.mkdir(exist_ok=True)
        self.own(path, self.folder if mode is None else mode)

    def own(self, path: Path, mode: int) -> None:
        """Sets group and mode of a file or folder that we made."""
        os.chown(path, -1, self.gid)
        os.chmod(path, mode)

    def make_link(self, path: Path, target: Path | str) -> None:
        """A link that belongs to the site's group, as what it leads to."""
        os.symlink(target, path)
        os.lchown(path, -1, self.gid)

    def write_file(self, path: Path, content: bytes, mode: int) -> None:
        """A new file that nobody but us could read before it had its owner and mode."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            self.give(handle, mode)
            file.write(content)

    def give(self, handle: int, mode: int) -> None:
        """Sets group and mode of an open file."""
        os.fchown(handle, -1, self.gid)
        os.fchmod(handle, mode)

    def looking(self) -> Owner:
        """The same, who makes no folder and sets nothing: for finding faults."""
        return _Looking(**asdict(self))


class _Looking(Owner):
    def make_folder(self, path: Path, mode: int | None = None) -> None:
        return

    def own(self, path: Path, mode: int) -> None:
        return


def single_user(gid: int) -> Owner:
    """Everything is the one user's; the web server comes in as a member of its group, and nobody else."""
    return Owner(gid, folder=0o750, file=0o440, program=0o550, private=0o600, data=0o700, public=0o750)


def as_folder(handle: int, path: Path) -> None:
    """Gives a file that is open, such as the journal, the group of its folder, and lets those read it who may enter
    that."""
    folder = path.parent.stat()
    os.fchown(handle, -1, folder.st_gid)
    os.fchmod(handle, 0o644 & folder.st_mode)

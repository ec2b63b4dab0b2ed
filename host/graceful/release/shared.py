"""`shared/`: what outlives releases. Its folders are made here; its files are for the site's owner to bring, and get the
rights that the design's table gives them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ..errors import Fault, fault, user_name
from ..site.owner import Owner
from ..site.paths import SitePaths
from ..wire import Message

#: Who may read: what somebody may write or execute besides is his own affair.
READERS = 0o444


@dataclass(frozen=True)
class Shared:
    """Paths below `shared/` that a release needs. `public` are those of `dirs` that the web server shows to everyone."""

    dirs: list[str]
    files: list[str]
    public: list[str]

    @staticmethod
    def read(data: Message) -> Shared:
        public = data.strings("public") if "public" in data.data else []
        return Shared(data.strings("dirs"), data.strings("files"), public)


def missing_files(paths: SitePaths, shared: Shared) -> list[str]:
    """Files that a release needs and that nobody has brought yet."""
    return [path for path in shared.files if not (paths.shared / path).is_file()]


def settle_shared(paths: SitePaths, shared: Shared, owner: Owner) -> list[Fault]:
    """Makes the folders, also those of files to come, and gives files of ours the group and mode that let the site read
    them, and nobody else. Returns what is wrong with what somebody else has put there."""
    if not paths.shared.is_dir():
        owner.make_folder(paths.shared)
    faults = [told for path in shared.dirs for told in _folder(paths.shared, path, shared, owner)]
    for path in shared.files:
        file = paths.shared / path
        if file.is_file():
            faults += _file(file, owner)
        elif os.path.lexists(file):
            faults.append(fault(f"shared file {file} is no file", "Move it away, and put the file there."))
        else:
            _parents(paths.shared, path, owner)
    return faults


def _parents(top: Path, path: str, owner: Owner) -> None:
    for parent in reversed(list(Path(path).parents)[:-1]):
        if not (top / parent).is_dir():
            owner.make_folder(top / parent)


def _folder(top: Path, path: str, shared: Shared, owner: Owner) -> list[Fault]:
    folder, mode = top / path, owner.public if path in shared.public else owner.data
    if not folder.is_dir():
        if os.path.lexists(folder):
            return [
                fault(f"shared folder {folder} is no folder", "Move it away: the deploy makes the folder.")
            ]
        _parents(top, path, owner)
        owner.make_folder(folder, mode)
    elif folder.stat().st_uid == os.geteuid() and folder.stat().st_gid != owner.gid:
        # Made by hand: the site could not write it.
        owner.own(folder, mode)
    return []


def _file(path: Path, owner: Owner) -> list[Fault]:
    told = path.stat()
    mode = stat.S_IMODE(told.st_mode)
    if told.st_gid == owner.gid and mode & READERS == owner.private & READERS:
        return []
    if told.st_uid == os.geteuid():
        owner.own(path, owner.private)
        return []
    if mode & 0o004 or (told.st_gid == owner.gid and mode & 0o040):
        # Somebody else's, who lets the site read it.
        return []
    return [
        fault(
            f"shared file {path} belongs to {user_name(told.st_uid)} with mode {mode:04o}: the site cannot read it",
            f"As root: chown {user_name(os.geteuid())} {path}; the next deploy sets its group and mode.",
        )
    ]

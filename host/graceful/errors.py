"""Errors that are told to people: what happened, what state the site is in, what to do next."""

from __future__ import annotations

import errno
import os
import pwd
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

UNTOUCHED = "The site is as it was."


#: What stands in the way, and its mend: `what` and `mend`, as the protocol tells it.
Fault = dict[str, str]


def fault(what: str, mend: str) -> Fault:
    """One fault that was found before anything was changed."""
    return {"what": what, "mend": mend}


class GracefulError(Exception):
    """A request that cannot be done. Nothing was changed unless `state` says otherwise. `code` is the protocol's; `unknown`: it
    names what is not here."""

    def __init__(
        self, message: str, next_step: str = "", state: str = UNTOUCHED, code: str = "refused"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.state = state
        self.code = code

    def answer(self) -> dict[str, Any]:
        """The `error` message of the protocol."""
        return {
            "type": "error",
            "code": self.code,
            "message": self.message,
            "state": self.state,
            "next": self.next_step,
        }


@dataclass
class HealthAnswer:
    """What a health check got: status, Location of a redirect, the first 2,000 characters of the body."""

    status: int
    location: str | None
    body: str

    def as_dict(self) -> dict[str, Any]:
        return {"status": self.status, "location": self.location, "body": self.body}


@dataclass
class StepFailure(Exception):
    """A step of the transaction that did not succeed; the transaction decides whether to abandon or to fall back."""

    what: str
    next_step: str
    answer: HealthAnswer | None = None
    log: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return self.what


def explain(error: OSError, folder: Path) -> tuple[str, str]:
    """What a failed access under `folder` means, and the mend. The path is the error's own where it has one."""
    path = error.filename if isinstance(error.filename, str) else str(folder)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        room = f"Make room on the host: df -h {folder}; df -i {folder}"
        if error.errno == errno.EDQUOT:
            return f"{path} cannot be written: the quota of user {user_name(os.geteuid())} is used up", room
        return f"{path} cannot be written: {_what_is_full(folder)}", room
    if error.errno == errno.EROFS:
        return (
            f"{path} cannot be written: its file system is read-only",
            f"Look for disk errors (dmesg), then mount it writable: mount -o remount,rw $(findmnt -no TARGET -T {folder})",
        )
    if error.errno == errno.ENAMETOOLONG:
        return (
            f"{path} cannot be written: a name in it, or all of it, is too long for its file system",
            "A name may have 255 bytes on most file systems, and a whole path 4095: shorten what is longer, in the source.",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"{path}: {error.strerror}: it belongs to {owner_of(path)}, and this is user {user_name(os.geteuid())}",
            "Give it the owner and mode that docs/host-setup.md says (whatever was done there by hand as root is root's).",
        )
    return f"{path}: {error.strerror}", "Look at this path, and for disk errors (dmesg), on the host."


def _what_is_full(folder: Path) -> str:
    """A disk has two ways of being full, and `df -h` shows only one."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return "no space left"
    return "no inodes are left" if disk.f_files and disk.f_favail == 0 else "no space is left"


def user_name(uid: int) -> str:
    """Name of a user, its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def owner_of(path: str) -> str:
    """Who owns what stands at a path, or the nearest folder above it, for messages."""
    for place in (Path(path), *Path(path).parents):
        try:
            return user_name(os.lstat(place).st_uid)
        except OSError:
            continue
    return "somebody"


class Superseded(Exception):
    """A newer deploy was confirmed while this one waited; nothing was changed."""

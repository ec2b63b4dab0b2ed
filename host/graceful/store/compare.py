"""What lies on the disk against what its name or a manifest says of it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

from ..site.paths import SitePaths
from .manifest import Entry
from .wanted import Key

SLICE = 1 << 20


@dataclass(frozen=True)
class Flaw:
    """`kind` is changed, missing, added or unreadable; `found` and `expected` say it in words. `identity` tells whether something
    else was put there since."""

    path: str
    kind: str
    found: str
    expected: str
    identity: tuple[int, ...] = ()


class Comparer:
    """Reads file after file through one buffer, and counts that. `alive` is called again and again meanwhile."""

    def __init__(self, paths: SitePaths, alive: Callable[[], None]) -> None:
        #: Objects of the store that are not what they are named. A file that is a hard link to an object is not read again.
        self.bad: dict[Key, Flaw] = {}
        self.objects = self.files = self.bytes = 0
        self._paths = paths
        self.alive = alive
        self._buffer = memoryview(bytearray(SLICE))

    def object(self, digest: str, executable: bool) -> Flaw | None:
        """What is wrong with an object of the store; `bad` has it from then on."""
        self.objects += 1
        flaw = self.named(self._paths.object(digest, executable), digest, executable)
        if flaw is not None:
            self.bad[digest, executable] = flaw
        return flaw

    def named(self, path: Path, digest: str, executable: bool = False) -> Flaw | None:
        """What is wrong with a file that is named by its content."""
        return self._file(str(path), digest, executable, None)

    def file(self, path: str, entry: Entry) -> Flaw | None:
        """What is wrong with a file or link that was made of the store."""
        self.files += 1
        if entry.kind == "link":
            return self._link(path, entry.target)
        return self._file(path, entry.digest, entry.executable, entry.size)

    def folder(
        self, folder: Path, entries: Sequence[Entry], may_be_there: Callable[[str], bool] = lambda _: False
    ) -> Iterator[tuple[Flaw, Entry | None]]:
        """How a folder differs from its entries, each with the entry that it is about; what else `may_be_there` is no matter."""
        if not folder.is_dir():
            yield Flaw(str(folder), "missing", "is missing", "a folder"), None
            return
        for entry in entries:
            flaw = self.file(f"{folder}/{entry.path}", entry)
            if flaw is not None:
                yield flaw, entry
        named = {entry.path for entry in entries}
        for path, error in files_below(str(folder)):
            self.alive()
            if error is not None:
                told = f"cannot be read: {error.strerror}"
                yield Flaw(f"{folder}/{path}", "unreadable", told, "a folder"), None
            elif path not in named and not may_be_there(path):
                yield Flaw(f"{folder}/{path}", "added", "was added", "nothing"), None

    def _link(self, path: str, target: str) -> Flaw | None:
        self.alive()
        try:
            if os.readlink(path) == target:
                return None
            kind, found = "changed", "leads elsewhere"
        except (FileNotFoundError, NotADirectoryError):
            kind, found = "missing", "is missing"
        except OSError:
            kind, found = "changed", "is no link"
        return Flaw(path, kind, found, f"a link to {target}")

    def _file(self, path: str, digest: str, executable: bool, size: int | None) -> Flaw | None:
        self.alive()
        identity: tuple[int, ...] = ()
        try:
            told = os.lstat(path)
            identity = _identity(told)
            kind, found = "changed", "has other content"
            if not stat.S_ISREG(told.st_mode):
                found = "is no file"
            elif bool(told.st_mode & 0o111) != executable:
                found = "is not executable" if executable else "is executable"
            elif size is not None and self._is_object(told, (digest, executable)):
                bad = self.bad.get((digest, executable))
                return bad and replace(bad, path=path)
            elif size in (None, told.st_size) and self._digest(path) == digest:
                return None
        except (FileNotFoundError, NotADirectoryError):
            kind, found = "missing", "is missing"
        except OSError as error:
            kind, found = "unreadable", f"cannot be read: {error.strerror}"
        expected = f"{'an executable' if executable else 'a file'} with SHA-256 {digest}"
        return Flaw(path, kind, found, expected, identity)

    def _is_object(self, told: os.stat_result, key: Key) -> bool:
        if told.st_nlink == 1:
            return False
        try:
            return os.path.samestat(told, os.stat(self._paths.object(*key)))
        except OSError:
            return False

    def _digest(self, path: str) -> str:
        hasher = hashlib.sha256()
        with open(path, "rb", buffering=0) as file:
            while size := file.readinto(self._buffer):
                hasher.update(self._buffer[:size])
                self.bytes += size
                self.alive()
        return hasher.hexdigest()


def is_still_there(flaw: Flaw) -> bool:
    """True where nothing else was put in the place of what was found."""
    try:
        return _identity(os.lstat(flaw.path)) == flaw.identity
    except OSError:
        return not flaw.identity


def _identity(told: os.stat_result) -> tuple[int, ...]:
    return told.st_ino, told.st_size, told.st_mtime_ns


def files_below(top: str, folder: str = "") -> Iterator[tuple[str, OSError | None]]:
    """Everything below a folder but folders, by its path in it; a folder that cannot be read with why."""
    try:
        with os.scandir(os.path.join(top, folder)) as found:
            inner = []
            for one in found:
                path = f"{folder}{one.name}"
                if one.is_dir(follow_symlinks=False):
                    inner.append(f"{path}/")
                else:
                    yield path, None
    except OSError as error:
        yield folder, error
        return
    for path in sorted(inner):
        yield from files_below(top, path)

"""Writing and reading `journal.jsonl`. A record is on disk before the act that it announces."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

from ..errors import GracefulError
from ..site.links import sync_folder
from ..site.lock import now
from ..site.owner import as_folder
from ..site.paths import SitePaths
from ..version import JOURNAL_FORMAT
from .records import Record
from .room import keep_room

#: Format of records that every program understands.
OLDEST = 1
#: Fields of records that an older program would misread; a record without them can be gone back with.
NEWER = {"process", "restarts", "asked"}
#: Enough for every record that one operation can still write: the confirm and a whole fall-back.
RESERVE_BYTES = 64 * 1024
#: What those will hardly ever take; so much may be left of an earlier reserve where no new one can be had.
NEEDED_BYTES = 24 * 1024


class Journal:
    """Appends records of one operation. Use it only under the site's lock."""

    def __init__(self, paths: SitePaths, operation: str) -> None:
        self._path = paths.journal
        self._reserve = paths.reserve
        self._operation = operation

    def write(self, step: Record, **data: Any) -> None:
        """Appends one record and syncs it. On a full disk the reserved space is given back first."""
        record = {"format": _format(data), "at": now(), "op": self._operation, "step": step, **data}
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            self._append(line)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not self._reserve.exists():
                raise
            self._reserve.unlink()
            self._append(line)

    def _append(self, line: bytes) -> None:
        fresh = not self._path.exists()
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            if fresh:
                as_folder(handle, self._path)
                sync_folder(self._path.parent)
            append_whole(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)

    def reserve(self) -> None:
        """Makes sure that a full disk stops neither a fall-back nor a confirm. Raises OSError without room."""
        journal = os.open(self._path, os.O_RDWR)
        try:
            keep_room(journal, RESERVE_BYTES)
        except OSError:
            told = os.fstat(journal)
            if told.st_blocks * 512 - told.st_size < NEEDED_BYTES:
                raise
        finally:
            os.close(journal)
        # Space to give back, for file systems that cannot do that.
        handle = os.open(self._reserve, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(handle, 0, RESERVE_BYTES)
        finally:
            os.close(handle)


def _format(data: dict[str, Any]) -> int:
    """The oldest format that a record has its meaning in."""
    return JOURNAL_FORMAT if NEWER & data.keys() else OLDEST


def append_whole(handle: int, lines: bytes) -> None:
    """Appends all of these lines to a file opened for reading and appending, or nothing: raises OSError then."""
    size = os.fstat(handle).st_size
    # A torn last line (a power cut, a full disk) is cut off, so that ours does not become part of it.
    whole = _whole_bytes(handle, size)
    if whole < size:
        os.ftruncate(handle, whole)
    if os.write(handle, lines) < len(lines):
        os.ftruncate(handle, whole)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _whole_bytes(handle: int, size: int) -> int:
    """Length of the file up to the end of its last whole line."""
    if size == 0 or os.pread(handle, 1, size - 1) == b"\n":
        return size
    end = size
    while end > 0:
        start = max(0, end - 4096)
        found = os.pread(handle, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def read_journal(path: Path) -> list[dict[str, Any]]:
    """All whole records, oldest first; a torn last line is left out. Raises GracefulError on any other damage."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return []
    lines = raw.split(b"\n")
    records = []
    # The last part is empty after a whole last line, and torn otherwise.
    for number, line in enumerate(lines[:-1], 1):
        try:
            record = json.loads(line)
            known = int(record["format"])
            if known <= JOURNAL_FORMAT and not {"op", "step"} <= record.keys():
                raise KeyError("step")
        except (ValueError, KeyError, TypeError) as error:
            raise GracefulError(
                f"{path}:{number} is damaged",
                f"Keep a copy of the file; then mend line {number}, or take it out (each line is one JSON object). Nothing is"
                " deployed or rolled back until then, and what is live serves on.",
                code="host",
            ) from error
        if known > JOURNAL_FORMAT:
            raise GracefulError(
                f"{path}:{number} was written by a newer Graceful (format {known}, this program knows {JOURNAL_FORMAT})",
                "Use the newer release; an older program never changes a site that a newer one has changed.",
                code="host",
            )
        records.append(record)
    return records

"""One lock for everything that changes a site: flock(2), freed by the kernel with its holder, so it is never stale."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable

from .owner import as_folder

#: Bytes that the words of every holder take, so that the next one's fit.
ROOM = 512


class Busy(Exception):
    """Somebody else holds the lock; the text says who and since when."""


def now() -> str:
    """This moment as ISO 8601 UTC with milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _describe(raw: bytes) -> str:
    try:
        holder = json.loads(raw)
        who = holder.get("actor") or "somebody"
        run = f" ({holder['run']})" if holder.get("run") else ""
        return f"{holder['kind']} by {who}{run}, since {holder['since']}"
    except (ValueError, KeyError, AttributeError):
        return "an operation that has just begun"


def holder(path: Path) -> str | None:
    """Who holds the lock, in words; None when it is free. Never waits."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        return _describe(os.read(handle, 4096))
    finally:
        os.close(handle)


def holding(path: Path) -> dict[str, Any]:
    """What whoever took the lock last has said of itself: `kind`, `actor`, `run`, `op`, `since`."""
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _say(handle: int, who: dict[str, Any]) -> None:
    """Writes who holds the lock over who held it, in the same place: a full disk must not keep anybody from the lock."""
    words = json.dumps(who).encode().ljust(ROOM)
    with suppress(OSError):
        os.pwrite(handle, words, 0)
        os.ftruncate(handle, len(words))


@contextmanager
def locked(
    path: Path,
    who: dict[str, Any],
    timeout: float,
    waiting: Callable[[str], None] = lambda _: None,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Holds the site's lock. `waiting` is told who has it, and whenever another one has; Busy after `timeout` seconds (0: at
    once).

    `pause` waits between attempts and may raise to give up. Children do not inherit the lock (close-on-exec).
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        as_folder(handle, path)
        deadline = time.monotonic() + timeout
        told = ""
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                text = _describe(os.pread(handle, 4096, 0))
                if time.monotonic() >= deadline:
                    raise Busy(text) from None
                if text != told:
                    waiting(text)
                    told = text
                pause(0.1)
        _say(handle, {**who, "since": now()})
        yield
    finally:
        os.close(handle)

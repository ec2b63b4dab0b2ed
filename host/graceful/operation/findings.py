"""What verify finds: told as it comes, so that any number of damages takes little memory."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any, Callable

from ..release.kept import User
from ..site.paths import SitePaths
from ..store.compare import Comparer, Flaw

#: So many damages are told at once; and at least so often (seconds) how far it is.
MOST = 100
OFTEN = 5.0


class Findings:
    """Tells what is found by `send`, in `verified` messages of the protocol. `comparer` finds it."""

    def __init__(self, paths: SitePaths, site: str, send: Callable[[dict[str, Any]], None]) -> None:
        self.comparer = Comparer(paths, self._alive)
        self.count = 0
        #: Releases that damages concern.
        self.concerned: set[User] = set()
        #: Of what damages are.
        self.parts: set[str] = set()
        self.notes: list[str] = []
        self._site = site
        self._send = send
        self._began = self._told = time.monotonic()
        self._waiting: list[dict[str, Any]] = []

    def damage(self, part: str, flaw: Flaw, users: Iterable[User]) -> None:
        """Something that is not as it ought to be. `part`: of what it is."""
        concerned = sorted(set(users), key=lambda user: (not user.is_live, str(user.root), user.id))
        self.count += 1
        self.parts.add(part)
        self.concerned.update(concerned)
        self._waiting.append(
            {
                "part": part,
                # A name that is not UTF-8, too.
                "path": os.fsencode(flaw.path).decode("utf-8", "backslashreplace"),
                "kind": flaw.kind,
                "found": flaw.found,
                "expected": flaw.expected,
                "releases": [
                    {"root": str(user.root), "release": user.id, "tags": list(user.tags)}
                    for user in concerned
                ],
            }
        )
        if len(self._waiting) == MOST:
            self._tell()

    def end(self, following: list[str]) -> None:
        """The last message. `following`: what becomes of the damages."""
        self._tell(more=False, notes=self.notes, next=following)

    def _alive(self) -> None:
        if time.monotonic() > self._told + OFTEN:
            self._tell()

    def _tell(self, **last: Any) -> None:
        self._told = time.monotonic()
        read = self.comparer
        self._send(
            {
                "type": "verified",
                "site": self._site,
                "damages": self._waiting,
                "count": self.count,
                "objects": read.objects,
                "files": read.files,
                "bytes": read.bytes,
                "ms": round((self._told - self._began) * 1000),
                "notes": [],
                "next": [],
                "more": True,
                **last,
            }
        )
        self._waiting = []

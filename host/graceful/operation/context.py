"""What every operation works with: the site, its manager, its journal, and whoever follows it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Protocol

from ..errors import GracefulError, explain
from ..journal.history import History, fold
from ..journal.journal import Journal, read_journal
from ..printing import say
from ..process.manager import Manager
from ..site.lock import holding, locked
from ..site.paths import SitePaths
from ..site.settings import Site
from .channel import give_way
from .hiding import Secrets, hidden, parts_of
from .words import in_words

#: Operations that a rollback may pre-empt until they reach SWITCH.
PREEMPTED = ("deploy", "stage")


class Teller(Protocol):
    """Whoever follows an operation (see Channel)."""

    def emit(self, kind: str, **body: Any) -> None:
        """Tells one event."""

    def pause(self, duration: float) -> None:
        """Waits; raises Gone where the operation is to end."""

    def guard(self) -> None:
        """Raises Gone where the operation is to end."""

    def confirmed(self, duration: float) -> bool:
        """True once the switch was confirmed."""

    def going(self, step: str, duration: float) -> dict[str, Any] | None:
        """The word to go on with a step that the hosts of a fleet take together, once it came."""

    def seal(self) -> None:
        """From here on no other operation pre-empts this one. Raises Gone where one just did."""


class Alone:
    """Nobody follows: the timer's operations. They tell on standard output and confirm themselves."""

    def emit(self, kind: str, **body: Any) -> None:
        words = in_words(kind, body)
        if words is not None:
            say(words)

    def pause(self, duration: float) -> None:
        time.sleep(duration)

    def guard(self) -> None:
        return

    def confirmed(self, duration: float) -> bool:
        return True

    def going(self, step: str, duration: float) -> dict[str, Any] | None:
        return {}

    def seal(self) -> None:
        return


def manager_of(site: Site) -> Manager:
    """The process manager that the site's settings name. The others are not loaded: the runner waits for each start of this
    program, and supervisord's protocol alone would be a third of that."""
    if site.manager == "supervisord":
        from ..process.supervisord import Supervisord

        return Supervisord(site)
    if site.manager == "systemd-user":
        from ..process.systemd_user import SystemdUser

        return SystemdUser(site)
    from ..process.systemd import Systemd

    return Systemd(site)


@dataclass
class Context:
    """One operation's surroundings. `name` names it in the journal and is its folder under `.op`."""

    site: Site
    paths: SitePaths
    manager: Manager
    name: str
    tell: Teller

    @staticmethod
    def of(site: Site, name: str, tell: Teller | None = None) -> Context:
        return Context(site, site.paths, manager_of(site), name, tell or Alone())

    @property
    def journal(self) -> Journal:
        return Journal(self.paths, self.name)

    @property
    def folder(self) -> Path:
        return self.paths.operations / self.name

    def hidden(self, text: str) -> str:
        """A text that a site may have written a part of, as the journal may have it: everybody on the host may read that."""
        told: str = hidden(text, parts_of(Secrets(self.paths)), "message")
        return told

    def history(self) -> History:
        """The journal as it stands now."""
        return fold(read_journal(self.paths.journal))

    @contextmanager
    def lock(
        self,
        kind: str,
        origin: dict[str, Any],
        timeout: float,
        quietly: bool = False,
        preempt: bool = False,
    ) -> Iterator[None]:
        """The site's lock; raises Busy after `timeout` seconds. Who holds it meanwhile is told, unless `quietly`. `preempt`:
        a deploy that has not reached SWITCH is asked to give way."""
        who = {
            "kind": kind,
            "actor": origin.get("actor"),
            "run": origin.get("runUrl"),
            "op": self.name,
        }

        def waiting(holder: str) -> None:
            if not quietly:
                self.tell.emit("waiting", holder=holder)
            if preempt:
                self._preempt(f"{kind} by {origin.get('actor') or 'somebody'}")

        with locked(self.paths.lock, who, timeout, waiting, self.tell.pause):
            yield

    def _preempt(self, by: str) -> None:
        held = holding(self.paths.lock)
        if held.get("kind") in PREEMPTED:
            give_way(self.paths.operations / str(held.get("op")), by)

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Tells a step's begin and end, with its duration and the words that its body puts into the list. A failed write
        or read is told as people need it."""
        began = time.monotonic()
        detail: list[str] = []
        self.tell.emit("step", step=name, status="begin")
        try:
            try:
                yield detail
            except OSError as error:
                raise GracefulError(*explain(error, self.paths.root), code="host") from error
        except BaseException as error:
            self.tell.emit("step", step=name, status="failed", ms=_since(began), detail=str(error))
            raise
        self.tell.emit("step", step=name, status="end", ms=_since(began), detail=", ".join(detail))


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def moment(after: float = 0) -> str:
    """ISO UTC time `after` seconds from now; such texts compare in the order of time."""
    at = datetime.now(timezone.utc) + timedelta(seconds=after)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""What visitors notice of a switch: requests at a steady rate through the host's own web server, from before anything that they
could notice until after the confirm, or the end of the way back.

None of this can hurt the operation. It goes on in threads of its own, each request has its time, few are under way at once,
nobody waits for one before the confirm is in the journal, and whatever goes wrong here only leaves the switch unmeasured.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ..check.http import Address, NoAnswer, get_through_web_server
from .transaction import Transaction

#: Requests in a second.
RATE = 10
#: Longest that an answer may take, and that the end waits for the last ones (seconds): shorter than a fall-back waits for the
#: visitors of the failed backend (see `undo`), or these requests could make it leave that backend to the timer.
LONGEST = 3.0
#: So many may be under way: they are not to crowd out the visitors of a slow site.
AT_ONCE = 4
#: What the web server's log names them by.
AGENT = "graceful-downtime"
#: Whoever answers this is asked no more: the checks, which decide, come from the same address.
TOO_MANY = 429


@dataclass(frozen=True)
class Figures:
    """What was seen of the site."""

    requests: int
    #: Without an answer in time, or answered 5xx.
    failed: int
    #: How long the slowest took, answered or not (seconds).
    worst: float


class Visits:
    """Asks for the status of an answer at a steady rate, however slow the answers are, from now on until `end`."""

    def __init__(self, ask: Callable[[], int]) -> None:
        self._ask = ask
        self._over = threading.Event()
        self._news = threading.Condition()
        #: When each that is under way began, by its number.
        self._under_way: dict[int, float] = {}
        self._seen = Figures(0, 0, 0.0)
        self._broken: Exception | None = None
        self._unwanted = False
        self._pacer = threading.Thread(target=self._keep_time, daemon=True)
        self._pacer.start()

    def end(self) -> Figures:
        """Sends a last one, and waits for those under way until their time is over. Raises what the measuring died of."""
        deadline = time.monotonic() + LONGEST
        self._over.set()
        self._pacer.join(LONGEST)
        with self._news:
            self._news.wait_for(lambda: self._broken or not self._under_way, deadline - time.monotonic())
            if self._broken is not None:
                raise self._broken
            for number in list(self._under_way):
                self._count(number, None)
            return self._seen

    def _keep_time(self) -> None:
        due = time.monotonic()
        try:
            over = False
            while not (over or self._unwanted):
                over = self._over.wait(due - time.monotonic())
                self._send()
                # Those that a standstill of this process has left out are not made up for.
                due = max(due + 1 / RATE, time.monotonic())
        except Exception as error:
            self._break(error)

    def _send(self) -> None:
        with self._news:
            if len(self._under_way) >= AT_ONCE:
                return
            number = self._seen.requests + len(self._under_way)
            self._under_way[number] = time.monotonic()
        threading.Thread(target=self._visit, args=(number,), daemon=True).start()

    def _visit(self, number: int) -> None:
        status = None
        try:
            status = self._ask()
        except NoAnswer:
            pass
        except Exception as error:
            self._break(error)
        with self._news:
            self._unwanted = self._unwanted or status == TOO_MANY
            # Unless the end has counted it already.
            if number in self._under_way:
                self._count(number, status)
            self._news.notify_all()

    def _count(self, number: int, status: int | None) -> None:
        took = time.monotonic() - self._under_way.pop(number)
        failed = status is None or status >= 500 or took > LONGEST
        seen = self._seen
        self._seen = Figures(seen.requests + 1, seen.failed + failed, max(seen.worst, took))

    def _break(self, error: Exception) -> None:
        with self._news:
            self._broken = error
            self._news.notify_all()


class Downtime:
    """That of one transaction: told as `measuring` when it begins and as `measured` at the end, or as `unmeasured`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._visits: Visits | None = None

    def before(self, step: str) -> None:
        """Begins where visitors could notice that step: the old backend ends in `start` where it cannot run beside another."""
        if step != ("start" if self._transaction.alone else "switch"):
            return
        context, spec = self._transaction.context, self._transaction.spec
        try:
            why_not = self._why_not()
            if why_not is not None:
                context.tell.emit("unmeasured", why=why_not)
                return
            url, path = Address.of(spec.url), spec.health.path
            context.tell.emit("measuring", url=spec.url, path=path, public=spec.verify_public)
            self._visits = Visits(
                lambda: get_through_web_server(url, spec.verify_local, path, LONGEST, agent=AGENT).status
            )
        except Exception as error:
            self._failed(error)

    def end(self) -> None:
        """Tells what was seen; waits a moment for the last answers."""
        visits, self._visits = self._visits, None
        if visits is None:
            return
        try:
            seen = visits.end()
            self._transaction.context.tell.emit(
                "measured",
                requests=seen.requests,
                failed=seen.failed,
                worstMs=round(seen.worst * 1000),
                strategy="restart" if self._transaction.alone else "overlap",
            )
        except Exception as error:
            self._failed(error)

    def _why_not(self) -> str | None:
        if self._transaction.context.paths.offline.exists():
            return "the site is offline, visitors get the maintenance page"
        return None if self._transaction.old_backend else "no backend of the site served before"

    def _failed(self, error: Exception) -> None:
        with suppress(Exception):
            why = f"{type(error).__name__}: {error}"
            self._transaction.context.tell.emit("unmeasured", why=why)

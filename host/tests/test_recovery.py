"""What is told of an operation whose process died while another operation holds the lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from graceful.operation.channel import Channel, outcome_of
from graceful.operation.context import Context
from graceful.operation.outcome import plain_outcome
from graceful.serve.follow import Operations, Peer
from graceful.site.lock import locked

from .plain_site import Listener, PlainSite
from .plain_site import load_tests as load_tests
from .support import R1


class Waiting(Listener):
    """Acts when it has waited for the lock."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__()
        self._then = then

    def pause(self, duration: float) -> None:
        # Longer than a round.
        super().pause(0.02)
        self._then()


class Recovery(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        self.died = self.context()
        short = mock.patch("graceful.serve.follow.RECOVERY_LOCK", 0.01)
        short.start()
        self.addCleanup(short.stop)

    def begun(self) -> None:
        self.died.journal.write("begin", kind="stop", release=None, commit="", origin={"actor": "ada"})

    @contextmanager
    def held(self) -> Iterator[None]:
        with locked(self.paths.lock, {"kind": "deploy", "actor": "grace"}, 0):
            yield

    def recovered(self, then: Callable[[], None] = lambda: None) -> dict[str, Any] | None:
        """What the recovery tells; meanwhile whoever holds the lock does this."""
        context = Context(self.site, self.paths, self.manager, self.died.name, Waiting(then))
        return Operations(context, mock.create_autospec(Peer))._recovery(context)

    def ended(self) -> dict[str, Any]:
        self.died.journal.write("end", result="live", release=R1, message="it is live")
        return plain_outcome(self.died, "live", R1, "it is live")

    def test_whoever_holds_the_lock_has_recovered_it(self) -> None:
        self.begun()
        told: list[dict[str, Any]] = []

        def recover() -> None:
            if not told:
                told.append(self.ended())
                channel = Channel(self.died.folder)
                channel.emit("outcome", outcome=told[0])
                channel.close()

        with self.held():
            self.assertIsNone(self.recovered(recover))
        self.assertEqual(outcome_of(self.died.folder), told[0])

    def test_its_end_is_in_the_journal_alone(self) -> None:
        self.begun()
        self.ended()
        with self.held():
            told = self.recovered()
        assert told is not None
        self.assertEqual((told["result"], told["release"], told["message"]), ("live", R1, "it is live"))

    def test_nobody_has_recovered_it_yet(self) -> None:
        self.begun()
        rounds: list[int] = []
        with self.held():

            def go_on() -> None:
                rounds.append(len(rounds))
                if len(rounds) == 3:
                    self.ended()

            told = self.recovered(go_on)
        assert told is not None
        self.assertEqual((told["result"], len(rounds)), ("live", 3))

    def test_it_had_not_begun(self) -> None:
        with self.held():
            told = self.recovered()
        assert told is not None
        self.assertEqual(told["result"], "failed")
        self.assertIn("died before it changed anything", told["message"])

"""One host of several: it holds before what all of them take together, and every end of that leaves it as it was."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from graceful.journal.history import fold
from graceful.journal.journal import read_journal
from graceful.operation.channel import Gone
from graceful.operation.going import run_activate
from graceful.operation.prepare import prepare
from graceful.operation.recover import recover
from graceful.operation.transaction import Transaction
from graceful.release.spec import load_spec
from graceful.wire import encode

from .channel_case import ChannelCase
from .plain_site import ASKED, Listener, PlainSite, Visitors
from .plain_site import load_tests as load_tests
from .support import R1, R2

TOGETHER = replace(ASKED, fleet=True)


class Others(Listener):
    """The other hosts: says go at once, or does what is told for a hold."""

    def __init__(self) -> None:
        super().__init__()
        self.more: dict[str, Any] = {}
        self.before: dict[str, Callable[[], None]] = {}

    def going(self, step: str, duration: float) -> dict[str, Any] | None:
        self.before.pop(step, lambda: None)()
        return {"type": "go", "step": step, **self.more.get(step, {})}

    def held(self) -> list[str]:
        """What it held before, in order."""
        return [body["step"] for kind, body in self.told if kind == "holding"]


class Together(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        self.staged(R1)
        self.staged(R2)
        self.put_live(R1)
        self.others = self.tell = Others()

    def cancelled(self) -> None:
        raise Gone("cancelled: another host failed")

    def test_one_host_alone_holds_nowhere(self) -> None:
        ended = run_activate(self.context(), R2, ASKED)
        self.assertEqual((ended["result"], self.others.held()), ("live", []))

    def test_it_holds_before_the_start_the_switch_and_the_confirm(self) -> None:
        seen: list[str] = []
        for step in ("start", "switch", "confirm"):
            self.others.before[step] = lambda: seen.append(f"{self.current()} {len(self.running())}")
        ended = run_activate(self.context(), R2, TOGETHER)
        self.assertEqual((ended["result"], ended["release"]), ("live", R2), ended)
        self.assertEqual(self.others.held(), ["start", "switch", "confirm"])
        self.assertEqual(seen, [f"{R1} 1", f"{R1} 2", f"{R2} 2"])

    def test_cancelled_in_a_hold_it_is_as_it_was(self) -> None:
        for step, result in (("start", "failed"), ("switch", "failed"), ("confirm", "fell-back")):
            with self.subTest(step), Visitors(self) as visitors:
                self.others.before[step] = self.cancelled
                ended = run_activate(self.context(), R2, TOGETHER)
                self.assertEqual((ended["result"], ended["release"]), (result, R1), ended)
                self.assertEqual(self.current(), R1)
                self.assertEqual(self.history().releases[R2].state, "staged")
            if step != "confirm":
                self.assertEqual(visitors.changes(), [f"{R1}.1"])

    def test_killed_in_a_hold_it_is_recovered(self) -> None:
        for step in ("start", "switch", "confirm"):
            with self.subTest(step):
                self.others.before[step] = self.die
                with self.assertRaises(KeyboardInterrupt):
                    run_activate(self.context(), R2, TOGETHER)
                recover(self.context())
                self.assertEqual((self.current(), self.visit()), (R1, f"{R1}.1"))
                self.assertIsNone(self.history().unfinished)

    def test_a_backend_that_dies_while_the_others_are_waited_for(self) -> None:
        for step, result in (("switch", "failed"), ("confirm", "fell-back")):
            with self.subTest(step):
                self.others.before[step] = self.lose_new
                ended = run_activate(self.context(), R2, TOGETHER)
                self.assertEqual((ended["result"], self.current()), (result, R1), ended)

    def lose_new(self) -> None:
        name = self.running()[-1]
        self.manager.processes[name].kill()
        self.manager.processes[name].wait()

    def die(self) -> None:
        raise KeyboardInterrupt


class Migrations(PlainSite):
    """Once for all hosts."""

    def prepared(self, **word: Any) -> list[str]:
        self.staged(R1, migrate=True)
        tell = self.tell = Others()
        tell.more["migrate"] = word
        spec = load_spec(self.paths, R1)
        detail: list[str] = []
        prepare(Transaction(self.context(), "deploy", spec, {}, None, None, fleet=True), detail)
        self.assertEqual(tell.held(), ["migrate"])
        return detail

    def test_another_host_has_migrated(self) -> None:
        self.assertIn("migrations are another host's", self.prepared(migrations=["orders.0002_note"]))
        history = fold(read_journal(self.paths.journal))
        self.assertEqual(history.releases[R1].migrations, ["orders.0002_note"])

    def test_nothing_was_pending_there(self) -> None:
        self.prepared(migrations=[])
        self.assertNotIn("migrated", self.steps())


class Going(ChannelCase):
    """The runner's word."""

    def test_each_step_has_its_own(self) -> None:
        channel = self.channel()
        self.assertIsNone(channel.going("start", 0))
        self.front().sendall(encode({"type": "go", "step": "start"}))
        self.eventually(lambda: channel.going("start", 0.1))
        self.assertIsNone(channel.going("switch", 0))
        self.assertFalse(channel.confirmed(0))

    def test_a_cancel_and_the_end_of_the_lease_end_the_wait(self) -> None:
        channel = self.channel()
        front: socket.socket = self.front()
        threading.Timer(0.2, front.sendall, [encode({"type": "cancel", "reason": "b failed"})]).start()
        with self.assertRaisesRegex(Gone, "^cancelled: b failed$"):
            channel.going("switch", 30)
        channel = self.channel(lease=0.1)
        with self.assertRaisesRegex(Gone, "nothing was heard of the runner"):
            channel.going("switch", 0.2)

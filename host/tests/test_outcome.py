"""What became of an operation whose runner was lost."""

from __future__ import annotations

from typing import Any

from graceful.errors import GracefulError
from graceful.operation.channel import Channel
from graceful.operation.going import run_activate
from graceful.operation.outcome import plain_outcome
from graceful.report.outcome import outcome

from .plain_site import ASKED, PlainSite
from .plain_site import load_tests as load_tests
from .support import R1, R2


class Outcome(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        self.staged(R1)
        self.staged(R2)

    def ask(self, name: str | None = None) -> dict[str, Any]:  # type: ignore[override]
        return outcome(self.context(), name)

    def test_before_anything_was_done(self) -> None:
        self.assertEqual(self.ask()["state"], "unknown")

    def test_the_last_one_that_somebody_asked_for(self) -> None:
        self.put_live(R1)
        self.how(R2, start="broken")
        asked = self.context()
        told = run_activate(asked, R2, ASKED)
        timer = self.context().journal
        timer.write("begin", kind="clean", origin={"actor": "timer"}, releases=[])
        timer.write("end", result="done", release=R1, message="removed")
        found = self.ask()
        self.assertEqual((found["operation"], found["state"]), (asked.name, "ended"))
        self.assertEqual((found["outcome"]["result"], found["outcome"]["release"]), ("failed", R1))
        self.assertEqual(found["outcome"]["message"], told["message"])

    def test_the_tale_tells_more_than_the_journal(self) -> None:
        channel = Channel(self.paths.operations / "0123456789abcdef")
        channel.open(None)
        self.assertEqual(self.ask("0123456789abcdef"), self.answer("running"))
        whole = plain_outcome(self.context(), "failed", None, "refused", {"step": "lock", "next": "mend it"})
        channel.emit("outcome", outcome=whole)
        channel.close()
        self.assertEqual(self.ask("0123456789abcdef"), self.answer("ended", whole))

    def answer(self, state: str, told: dict[str, Any] | None = None) -> dict[str, Any]:
        return {"type": "outcome", "operation": "0123456789abcdef", "state": state, "outcome": told}

    def test_one_that_was_cut_off_ends_by_the_recovery(self) -> None:
        self.context().journal.write("begin", kind="stop", release=None, commit="", origin={"actor": "ada"})
        self.assertEqual(self.ask()["state"], "running")

    def test_one_that_never_was(self) -> None:
        self.assertEqual(self.ask("0123456789abcdef"), self.answer("unknown"))
        with self.assertRaisesRegex(GracefulError, "no operation's name"):
            self.ask("../lock")

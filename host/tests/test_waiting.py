"""Who comes first: the lock, its holder, pre-empting, and tickets (invariants 6 and 7), on a site of plain processes."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any, Callable

from graceful.errors import Superseded
from graceful.operation.asked import Asked
from graceful.operation.channel import Channel, Gone
from graceful.operation.context import Context
from graceful.operation.going import run_activate, run_rollback, run_update
from graceful.operation.run import begin, refuse_older, under_lock
from graceful.operation.transact import transact
from graceful.release.spec import load_spec
from graceful.site.ticket import raise_ticket

from .plain_site import ASKED, PlainSite
from .plain_site import load_tests as load_tests
from .support import R1, R2, R3

PREEMPTING = replace(ASKED, preempt=True, lock=20)


class Waiting(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        for release in (R1, R2, R3):
            self.staged(release)
        self.put_live(R1, R2)

    def deploying(self, name: str) -> tuple[Context, Channel]:
        """Surroundings of a deploy that a runner follows."""
        channel = Channel(self.paths.operations / name)
        channel.open(None)
        self.addCleanup(channel.close)
        return Context(self.site, self.paths, self.manager, name, channel), channel

    def meanwhile(self, channel: Channel, context: Context, kind: str = "deploy") -> dict[str, Any]:
        """Runs a deploy of the third release (from `start`, since it is here) that hangs in its check, and a pre-empting
        rollback beside it; returns both outcomes."""
        ended: dict[str, Any] = {}
        self.how(R3, status=500)

        def work() -> dict[str, Any]:
            transaction = begin(context, kind, load_spec(self.paths, R3), ASKED, context.history())
            return transact(transaction)

        def deploy() -> None:
            ended["deploy"] = under_lock(context, kind, ASKED, work)

        thread = threading.Thread(target=deploy)
        thread.start()
        while f"{R3}.1" not in self.manager.processes:
            time.sleep(0.01)
        ended["rollback"] = run_rollback(self.context(), None, PREEMPTING)
        thread.join()
        return ended


class Preempting(Waiting):
    def test_a_deploy_that_has_not_switched_gives_way(self) -> None:
        context, channel = self.deploying("slow")
        began = time.monotonic()
        # A deploy is told by its kind; `stage` and `prepare` need a store, and are not what this is about.
        with self.plan("deploy"):
            ended = self.meanwhile(channel, context)
        self.assertLess(time.monotonic() - began, 15)
        self.assertEqual(ended["deploy"]["result"], "failed", ended["deploy"])
        self.assertIn("pre-empted by rollback by ada", ended["deploy"]["message"])
        self.assertEqual(ended["rollback"]["result"], "live", ended["rollback"])
        # The standby had made room for the deploy's backend, so another one was started.
        self.assertEqual(self.visit(), f"{R1}.2")
        self.assertEqual(self.history().releases[R3].state, "failed")
        waited = [body["holder"] for kind, body in self.tell.told if kind == "waiting"]
        self.assertRegex(waited[0], r"^deploy by ada, since ")

    def plan(self, kind: str) -> Any:
        from unittest import mock

        from graceful.operation.transact import FROM_START, PLANS

        return mock.patch.dict(PLANS, {kind: FROM_START})

    def test_what_is_sealed_does_not(self) -> None:
        _, channel = self.deploying("sealed")
        channel.seal()
        channel._hear({"type": "preempt", "by": "rollback by ada"})
        channel.guard()

    def test_what_was_asked_to_before_it_is_sealed_does(self) -> None:
        _, channel = self.deploying("late")
        channel._hear({"type": "preempt", "by": "rollback by ada"})
        with self.assertRaisesRegex(Gone, "pre-empted by rollback by ada"):
            channel.seal()


class Giving(Waiting):
    def test_whoever_gives_up_says_who_holds_it(self) -> None:
        holder = self.context()
        with holder.lock("deploy", {"actor": "bob", "runUrl": "https://ci.test/7"}, 0):
            ended = run_activate(self.context(), R3, replace(ASKED, lock=0.3))
        self.assertEqual(ended["result"], "failed")
        self.assertIn(
            "the lock was not free within 0.3 s: deploy by bob (https://ci.test/7), since ", ended["message"]
        )
        self.assertIn("`lock-timeout`", ended["failure"]["next"])


class Tickets(Waiting):
    def ticket(self) -> int:
        return raise_ticket(self.paths, self.history().ticket)

    def test_what_was_asked_for_earlier_is_superseded(self) -> None:
        early, late = self.ticket(), self.ticket()
        self.assertEqual(run_rollback(self.context(), None, replace(ASKED, ticket=late))["result"], "live")
        ended = run_activate(self.context(), R3, replace(ASKED, ticket=early))
        self.assertEqual((ended["result"], ended["release"]), ("superseded", R1), ended)
        self.assertEqual(self.visit(), f"{R1}.1")
        forced = run_activate(self.context(), R3, replace(ASKED, ticket=early, force=True))
        self.assertEqual(forced["result"], "live", forced)

    def test_tickets_never_repeat(self) -> None:
        self.assertEqual([self.ticket() for _ in range(3)], [1, 2, 3])
        self.paths.ticket.unlink()
        run_rollback(self.context(), None, replace(ASKED, ticket=7))
        self.assertEqual(self.ticket(), 8)

    def test_an_older_run_of_the_same_workflow(self) -> None:
        origin = {"workflow": "Deploy", "runNumber": 5}
        history = self.history()
        history.runs["Deploy"] = 6
        with self.assertRaisesRegex(Superseded, "run 6 of Deploy was confirmed already, and this is run 5"):
            refuse_older(history, Asked(origin, 0, ticket=9))
        refuse_older(history, Asked({**origin, "runNumber": 6}, 0, ticket=9))
        refuse_older(history, Asked(origin, 0, ticket=9, force=True))
        refuse_older(history, Asked({"workflow": "Other", "runNumber": 5}, 0, ticket=9))


class PressedTwice(Waiting):
    def test_two_plain_rollbacks_at_once_go_one_release_back(self) -> None:
        self.pressed_twice(lambda asked: run_rollback(self.context(), None, asked))

    def test_two_updates_at_once_switch_once(self) -> None:
        self.pressed_twice(lambda asked: run_update(self.context(), None, asked))

    def test_two_updates_that_name_the_release_switch_once_too(self) -> None:
        self.pressed_twice(lambda asked: run_update(self.context(), R2, asked))

    def pressed_twice(self, run: Callable[[Asked], dict[str, Any]]) -> None:
        self.put_live(R3)
        ended: list[dict[str, Any]] = []

        def press() -> None:
            ended.append(run(replace(ASKED, lock=20)))

        second = threading.Thread(target=press)
        self.tell.at["check"] = second.start
        # It waits for the lock, which the first one has, and saw the same release live.
        self.tell.at["switch"] = lambda: self.assertTrue(self.waiting())
        press()
        second.join()
        self.assertEqual([one["result"] for one in ended], ["live", "superseded"], ended)
        self.assertEqual(self.current(), R2)
        self.assertIn("is not any more", ended[1]["message"])

    def waiting(self) -> bool:
        deadline = time.monotonic() + 10
        while not any(kind == "waiting" for kind, _ in self.tell.told):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

"""`strategy: restart`: hosts that cannot run two backends, on a site of plain processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

from graceful.errors import StepFailure
from graceful.operation.by_hand import Which, run_start
from graceful.operation.channel import Gone
from graceful.operation.context import Context
from graceful.operation.going import run_activate, run_restart, run_rollback
from graceful.operation.recover import recover
from graceful.operation.tick import tick
from graceful.process.manager import State

from .plain_site import ASKED, Listener, PlainSite, Visitors
from .plain_site import load_tests as load_tests
from .support import R1, R2

ALONE: dict[str, Any] = {"strategy": "restart"}


class Counting(Listener):
    """Sees how many backends run whenever something is told."""

    def __init__(self, site: PlainSite) -> None:
        super().__init__()
        self.most = 0
        self._site = site

    def emit(self, kind: str, **body: Any) -> None:
        self.look()
        super().emit(kind, **body)

    def look(self) -> None:
        self.most = max(self.most, len(self._site.running()))


class Counted(PlainSite):
    """A test that sees how many backends run at once, from `count` on."""

    def count(self) -> None:
        self.tell = self.counting = Counting(self)
        start = self.manager.start

        def started(process: str, backend: str) -> None:
            start(process, backend)
            self.counting.look()

        counted = mock.patch.object(self.manager, "start", started)
        counted.start()
        self.addCleanup(counted.stop)

    def lose_manager_of(self, backend: str) -> None:
        state = self.manager.state

        def orphaned(process: str, name: str) -> State:
            return replace(state(process, name), kept=name != backend)

        lost = mock.patch.object(self.manager, "state", orphaned)
        lost.start()
        self.addCleanup(lost.stop)

    def killed_while_it_waits_for_an_answer(self, work: Callable[[Context], object]) -> None:
        killed = mock.patch("graceful.operation.revive.answers", side_effect=KeyboardInterrupt)
        with killed, self.assertRaises(KeyboardInterrupt):
            work(self.context())


class Alone(Counted):
    def setUp(self) -> None:
        super().setUp()
        self.staged(R1, **ALONE)
        self.staged(R2, **ALONE)
        self.put_live(R1)
        self.count()

    def test_never_two_at_once_and_it_says_what_that_costs(self) -> None:
        with Visitors(self) as visitors:
            ended = run_activate(self.context(), R2, ASKED)
        self.assertEqual(ended["result"], "live", ended)
        self.assertEqual(visitors.changes(), [f"{R1}.1", "502", f"{R2}.1"])
        self.assertEqual(self.counting.most, 1)
        self.assertIn("visitors get errors from here", self.tell.words())
        self.assertEqual(self.roles(), {f"{R2}.1": "active"})
        self.assertEqual(run_rollback(self.context(), None, ASKED)["release"], R1)
        self.assertEqual((self.visit(), self.counting.most), (f"{R1}.2", 1))

    def test_what_does_not_answer_makes_room_for_the_old_one(self) -> None:
        self.how(R2, start="broken")
        ended = run_activate(self.context(), R2, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("failed", R1), ended)
        self.assertIn(f"{R1} was started again and serves", ended["message"])
        self.assertEqual((self.visit(), self.counting.most), (f"{R1}.2", 1))
        self.assertEqual(self.running(), [f"{R1}.2"])

    def test_falling_back_ends_the_new_one_first(self) -> None:
        self.tell.at["verify"] = lambda: self.how(R2, through=500)
        ended = run_activate(self.context(), R2, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("fell-back", R1), ended)
        self.assertEqual((self.visit(), self.counting.most), (f"{R1}.2", 1))

    def test_killed_on_the_way_back_it_ends_nothing_that_serves(self) -> None:
        for step, bad in (("check", {"start": "broken"}), ("verify", {"through": 500})):
            with self.subTest(step):
                self.how(R2, **bad)
                if step == "verify":
                    self.how(R2)
                    self.tell.at[step] = lambda: self.how(R2, through=500)
                with (
                    mock.patch("graceful.operation.run.end", side_effect=KeyboardInterrupt),
                    self.assertRaises(KeyboardInterrupt),
                ):
                    run_activate(self.context(), R2, ASKED)
                serves = self.visit()
                self.assertEqual(serves[:-2], R1)
                recover(self.context())
                self.assertEqual((self.visit(), self.running()), (serves, [serves]))
                self.assertEqual((self.current(), self.roles()), (R1, {serves: "active"}))

    def test_neither_comes_up(self) -> None:
        self.how(R2, start="broken")
        self.tell.at["check"] = lambda: self.how(R1, start="broken")
        ended = run_activate(self.context(), R2, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("not-reverted", R1), ended)
        self.how(R1)
        tick(self.context())
        self.assertEqual(self.visit()[:-2], R1)

    def test_restart_is_in_place(self) -> None:
        ended = run_restart(self.context(), ASKED)
        self.assertEqual(ended["result"], "live", ended)
        self.assertEqual((self.visit(), self.counting.most), (f"{R1}.2", 1))

    def test_killed_at_any_step_one_whole_release_serves(self) -> None:
        def die() -> None:
            raise KeyboardInterrupt

        for step in ("start", "check", "switch", "verify", "confirm"):
            with self.subTest(step=step):
                self.tell.at[step] = die
                with self.assertRaises(KeyboardInterrupt):
                    run_activate(self.context(), R2, ASKED)
                recover(self.context())
                tick(self.context())
                self.assertEqual(self.visit()[:-2], self.current())
                self.assertEqual(self.current(), R1)
                self.assertEqual(len(self.running()), 1)

    def test_one_that_lost_its_manager_ends_before_another_starts(self) -> None:
        self.lose_manager_of(f"{R1}.1")
        tick(self.context())
        self.assertEqual((self.visit(), self.running(), self.counting.most), (f"{R1}.2", [f"{R1}.2"], 1))
        self.assertIn(f"{R1}.1 lost its manager; it ends", self.tell.words())
        self.assertNotIn("is down", self.tell.words())

    def test_one_that_lost_its_manager_serves_on_until_there_is_another_manager(self) -> None:
        self.lose_manager_of(f"{R1}.1")
        with mock.patch.object(
            self.manager, "sweep", side_effect=StepFailure("no supervisord", "install it")
        ):
            tick(self.context())
        self.assertEqual((self.visit(), self.running()), (f"{R1}.1", [f"{R1}.1"]))
        self.assertIn(f"{R1}.1 lost its manager: no supervisord", self.tell.words())

    def test_what_a_killed_round_has_begun_ends_before_another_starts(self) -> None:
        self.lose(R1)
        self.killed_while_it_waits_for_an_answer(tick)
        self.assertEqual(self.running(), [f"{R1}.2"])
        tick(self.context())
        self.assertEqual((self.visit(), self.running()), (f"{R1}.3", [f"{R1}.3"]))
        self.lose(R1)
        self.killed_while_it_waits_for_an_answer(tick)
        self.put_live(R2)
        self.assertEqual((self.running(), self.counting.most), ([f"{R2}.1"], 1))

    def test_what_a_killed_recovery_has_begun_ends_before_another_starts(self) -> None:
        def die() -> None:
            raise KeyboardInterrupt

        self.tell.at["verify"] = die
        with self.assertRaises(KeyboardInterrupt):
            run_activate(self.context(), R2, ASKED)
        for n in (2, 3):
            self.killed_while_it_waits_for_an_answer(recover)
            self.assertEqual(self.running(), [f"{R1}.{n}"])
        recover(self.context())
        self.assertEqual((self.current(), self.visit()), (R1, f"{R1}.4"))
        self.assertEqual((self.running(), self.counting.most), ([f"{R1}.4"], 1))

    def test_nothing_stands_by(self) -> None:
        ended = run_start(self.context(), Which((R2,)), ASKED)
        self.assertEqual(ended["result"], "failed", ended)
        self.assertIn("cannot run beside", ended["message"])


WORKER = {"argv": ["x"], "stopMs": 20_000, "singleton": False}


class Workers(PlainSite):
    """Those of two releases have no room beside each other either."""

    def setUp(self) -> None:
        super().setUp()
        steady = mock.patch.multiple("graceful.operation.processes", STEADY=0.1, CALM=0.05)
        steady.start()
        self.addCleanup(steady.stop)
        processes = {"web": {"argv": ["x"]}, "worker": WORKER}
        for release in (R1, R2):
            self.staged(release, processes=processes, **ALONE)
        self.put_live(R1)

    def of(self, process: str) -> list[str]:
        """Backends of it that run."""
        known = self.history().backends
        return [name for name in self.running() if known[name].process == process]

    def test_the_old_one_ends_while_web_still_serves_and_before_the_new_one_starts(self) -> None:
        seen: list[tuple[list[str], list[str]]] = []
        look = self.tell.emit

        def looking(kind: str, **body: Any) -> None:
            seen.append((self.of("web"), self.of("worker")))
            look(kind, **body)

        with mock.patch.object(self.tell, "emit", looking):
            self.put_live(R2)
        self.assertEqual([both for both in seen if max(map(len, both)) > 1], [])
        self.assertIn(([f"{R1}.1"], []), seen)
        self.assertIn("worker of 20260101T000000Z-aaaaaaa ends before another starts", self.tell.words())
        self.assertEqual((self.of("web"), self.of("worker")), ([f"{R2}.1"], [f"{R2}.2"]))

    def test_a_cancelled_one_has_the_old_one_started_again(self) -> None:
        def gone(_: float) -> None:
            raise Gone("cancelled")

        with mock.patch.object(self.manager, "stop"), mock.patch.object(self.tell, "pause", gone):
            ended = run_activate(self.context(), R2, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("failed", R1), ended)
        self.assertEqual(self.of("web"), [f"{R1}.1"])
        tick(self.context())
        tick(self.context())
        self.assertEqual([name[:-2] for name in self.of("worker")], [R1])

    def test_where_web_is_down_it_does_not_wait_for_them(self) -> None:
        self.lose(R1)
        began = self.of("worker")
        self.tell.at["check"] = lambda: self.assertEqual(self.of("worker"), began)
        self.put_live(R2)
        tick(self.context())
        self.assertEqual([name[:-2] for name in self.of("worker")], [R2])


class FromOverlap(PlainSite):
    def test_either_of_two_releases_decides(self) -> None:
        self.staged(R1)
        self.staged(R2, **ALONE)
        self.put_live(R1)
        self.tell = counting = Counting(self)
        for release in (R2, R1):
            self.put_live(release)
            self.assertEqual(counting.most, 1, release)


class Overlap(Counted):
    def test_what_a_killed_round_has_begun_ends_before_a_third_starts(self) -> None:
        self.staged(R1)
        self.put_live(R1)
        self.count()
        self.lose_manager_of(f"{R1}.1")
        with Visitors(self) as visitors:
            self.killed_while_it_waits_for_an_answer(tick)
            self.assertEqual(self.running(), [f"{R1}.1", f"{R1}.2"])
            tick(self.context())
        self.assertEqual((visitors.changes(), self.counting.most), ([f"{R1}.1", f"{R1}.3"], 2))

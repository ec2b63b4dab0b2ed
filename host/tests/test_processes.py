"""Workers and singletons of releases, run by a real supervisord: what runs after which event, and never two of a singleton."""

from __future__ import annotations

import json
import os
import sys
import time
import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock

from graceful.errors import StepFailure
from graceful.journal.history import fold
from graceful.journal.journal import Journal
from graceful.operation import levelling
from graceful.operation.context import Context, moment
from graceful.operation.levelling import level, too_early
from graceful.operation.processes import begin, follow, relieve, renew, rest, wake
from graceful.operation.transaction import Transaction
from graceful.release.spec import load_spec
from graceful.site.links import replace_link

from .support import R1, R2, release_json
from .test_supervisord import PYTHON, SupervisordCase, wait_for

#: Holds a lock as long as it runs, so that it sees whether another one of its name does; `task` is what it finishes at last.
PROCESS = """#!{python} -I
import fcntl, os, signal, sys, time
name, backend, ending = os.path.basename(sys.argv[0]), sys.argv[1], []
signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
log = os.open("{folder}/" + name + ".log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
lock = os.open("{folder}/" + name + ".lock", os.O_RDWR | os.O_CREAT)
def tell(what):
    os.write(log, (what + " " + backend + "\\n").encode())
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    tell("alone")
except BlockingIOError:
    tell("beside")
while not ending:
    time.sleep(0.01)
time.sleep({task})
tell("end")
"""
OTHERS = {"worker": {"stopMs": 20_000, "singleton": False}, "beat": {"stopMs": 20_000, "singleton": True}}


class Doomed(Context):
    """Surroundings of an operation whose process is killed when it has written so many records."""

    left = 0

    @property
    def journal(self) -> Journal:
        doomed = self

        class Last(Journal):
            def write(self, step: Any, **data: Any) -> None:
                super().write(step, **data)
                doomed.left -= 1
                if doomed.left == 0:
                    os._exit(9)

        return Last(self.paths, self.name)


class Processes(SupervisordCase):
    def setUp(self) -> None:
        super().setUp()
        self.context = Context.of(self.site, "op")
        for release in (R1, R2):
            self.place(release)
        self.live(R1)

    def end(self) -> None:
        for backend in self.context.history().others():
            self.manager.kill(backend.process, backend.name)
        super().end()

    def place(self, release: str, task: float = 0.1, text: str = PROCESS, **changes: dict[str, Any]) -> None:
        """A release with a worker and a beat, or with `changes` to them."""
        folder = self.paths.release(release)
        folder.bin.mkdir(parents=True, exist_ok=True)
        told = {name: {"argv": ["x"], **OTHERS[name], **changes.get(name, {})} for name in OTHERS}
        every = {"web": {"argv": ["x"]}, **told}
        folder.manifest.write_text(json.dumps(release_json(id=release, processes=every)))
        for name in OTHERS:
            program = folder.bin / name
            program.write_text(text.format(python=sys.executable, folder=self.top, task=task))
            program.chmod(0o755)

    def live(self, release: str) -> None:
        replace_link(self.paths.current, f"releases/{release}")

    def transaction(self, release: str) -> Transaction:
        return Transaction(self.context, "deploy", load_spec(self.paths, release), {}, R1, None)

    def lines(self, name: str = "beat") -> list[str]:
        """What the processes of that name wrote, in its order."""
        try:
            return (self.top / f"{name}.log").read_text().splitlines()
        except FileNotFoundError:
            return []

    def up(self) -> list[str]:
        return [
            f"{backend.process} {backend.name}"
            for backend in self.context.history().others()
            if self.manager.state(backend.process, backend.name).up
        ]

    def settled(self, wanted: Callable[[], bool]) -> None:
        """The timer's work, until it is as wanted."""

        def is_so() -> bool:
            level(self.context)
            return wanted()

        wait_for("the processes are as they should be", is_so)

    def first(self) -> None:
        self.assertEqual(level(self.context), ["worker runs", "beat runs"])
        wait_for("they have started", lambda: self.lines("worker") and self.lines())
        self.assertEqual(self.up(), [f"worker {R1}.1", f"beat {R1}.2"])

    def test_what_is_up_stays(self) -> None:
        self.first()
        self.assertEqual(level(self.context), [])
        self.assertEqual([backend.role for backend in self.context.history().others()], ["active"] * 2)

    def test_a_deploy(self) -> None:
        self.first()
        self.assertEqual(begin(self.transaction(R2)), ["worker runs"])
        self.assertEqual(self.up(), [f"worker {R1}.1", f"beat {R1}.2", f"worker {R2}.1"])
        self.live(R2)
        relieve(self.context, R2)
        self.assertEqual(self.up(), [f"beat {R1}.2", f"worker {R2}.1"])
        follow(self.context)
        self.settled(lambda: len(self.context.history().others()) == 2)
        self.assertEqual(self.up(), [f"worker {R2}.1", f"beat {R2}.2"])
        self.assertEqual(self.lines("worker"), [f"alone {R1}.1", f"beside {R2}.1", f"end {R1}.1"])
        wait_for("the next beat has started", lambda: len(self.lines()) == 3)
        self.assertEqual(self.lines(), [f"alone {R1}.2", f"end {R1}.2", f"alone {R2}.2"])
        # Nothing of those that have ended is left with the manager.
        self.assertEqual(len(list(self.daemon.folder.glob("*.ini"))), 2)

    def test_a_fall_back_starts_others_in_the_place_of_those_that_end_and_leaves_beat_alone(self) -> None:
        self.place(R1, task=1)
        self.first()
        begin(self.transaction(R2))
        relieve(self.context, R2)
        follow(self.context)
        self.settled(lambda: self.up() == [f"beat {R1}.2", f"worker {R1}.3"])
        self.assertEqual(self.lines(), [f"alone {R1}.2"])
        self.settled(lambda: len(self.context.history().others()) == 2)
        self.assertEqual({f"end {R1}.1", f"end {R2}.1"} - set(self.lines("worker")), set())

    def test_the_first_deploy_of_all_is_taken_back(self) -> None:
        self.first()
        self.paths.current.unlink()
        self.settled(lambda: self.context.history().others() == [])
        self.assertEqual(self.lines()[-1], f"end {R1}.2")

    def test_one_that_dies_at_once_fails_the_deploy(self) -> None:
        self.first()
        self.place(R2, text="#!/bin/sh\necho no such module\nexit 1\n")
        with self.assertRaises(StepFailure) as caught:
            begin(self.transaction(R2))
        self.assertTrue(caught.exception.what.startswith("the new worker died"), caught.exception.what)
        self.assertIn("no such module", caught.exception.log)
        follow(self.context)
        self.settled(lambda: self.up() == [f"worker {R1}.1", f"beat {R1}.2"])

    def test_one_that_takes_long_to_load_its_code_is_waited_for(self) -> None:
        self.first()
        slow = "#!{python} -I\nimport time\nwhile time.process_time() < 3:\n    pass\nraise ImportError('no {task}')\n"
        self.place(R2, text=slow)
        with self.assertRaises(StepFailure) as caught:
            begin(self.transaction(R2))
        self.assertIn("ImportError: no 0.1", caught.exception.log)

    def test_one_that_died_is_started_again(self) -> None:
        self.first()
        self.kill_supervisord()
        for backend, process in ((f"{R1}.1", "worker"), (f"{R1}.2", "beat")):
            os.kill(self.manager.state(process, backend).pid, 9)
            wait_for("it is gone", lambda b=backend, p=process: self.manager.state(p, b).ended)  # type: ignore[misc]
        self.settled(lambda: len(self.up()) == 2)
        wait_for("beat has started", lambda: len(self.lines()) == 2)
        self.assertTrue(all(line.startswith("alone") for line in self.lines()), self.lines())

    def test_one_whose_supervisord_died_is_relieved_and_beat_is_never_doubled(self) -> None:
        self.first()
        self.kill_supervisord()
        self.assertEqual(self.up(), [f"worker {R1}.1", f"beat {R1}.2"])
        self.settled(
            lambda: (
                not any(name in self.up() for name in (f"worker {R1}.1", f"beat {R1}.2"))
                and len(self.up()) == 2
            )
        )
        wait_for("beat has started", lambda: len(self.lines()) == 3)
        self.assertEqual([line.split()[0] for line in self.lines()], ["alone", "end", "alone"])

    def test_a_singleton_waits_for_the_one_before_however_long_that_takes(self) -> None:
        self.place(R1, task=2)
        self.first()
        self.live(R2)
        with mock.patch.object(levelling, "PATIENCE", 0.2):
            self.assertIn("beat waits until the one before has ended", level(self.context))
        self.assertNotIn(f"beat {R2}", " ".join(self.up()))
        self.settled(lambda: f"beat {R2}" in " ".join(self.up()))
        wait_for("it has started", lambda: len(self.lines()) == 3)
        self.assertEqual([line.split()[0] for line in self.lines()], ["alone", "end", "alone"])

    def test_without_room_for_two_nothing_starts_before_all_that_ends_has_ended(self) -> None:
        self.place(R1, task=1)
        self.first()
        manifest = self.paths.release(R2).manifest
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "strategy": "restart"}))
        self.live(R2)
        with mock.patch.object(levelling, "PATIENCE", 0.2):
            self.assertIn("worker waits until the one before has ended", level(self.context))
        self.assertEqual([name for name in self.up() if R2 in name], [])
        self.settled(lambda: len(self.lines("worker")) == 3)
        self.assertEqual([line.split()[0] for line in self.lines("worker")], ["alone", "end", "alone"])

    def test_one_that_does_not_end_in_its_time_is_killed(self) -> None:
        self.place(R1, task=600, worker={"stopMs": 500}, beat={"stopMs": 500})
        self.first()
        self.live(R2)
        began = time.monotonic()
        self.settled(lambda: len(self.up()) == 2 and len(self.context.history().others()) == 2)
        self.assertGreater(time.monotonic() - began, 0.5)
        wait_for("the next beat has started", lambda: len(self.lines()) == 2)
        self.assertEqual([line.split()[0] for line in self.lines()], ["alone", "alone"])

    def test_one_that_was_stopped_by_hand_rests_until_it_is_started(self) -> None:
        self.first()
        rest(self.context, ["worker", "beat"])
        self.settled(lambda: self.context.history().others() == [])
        self.assertEqual(level(self.context), [])
        self.assertEqual(wake(self.context, ["beat"], fresh=False), ["beat runs"])
        self.assertEqual(self.up(), [f"beat {R1}.3"])
        self.assertEqual(wake(self.context, ["beat"], fresh=False), ["beat runs already"])
        self.assertEqual(level(self.context), [])
        self.assertEqual(
            wake(self.context, ["beat", "worker"], fresh=True)[-2:], ["worker runs", "beat runs"]
        )
        self.assertEqual(self.up(), [f"worker {R1}.4", f"beat {R1}.5"])
        wait_for("beat has started", lambda: len(self.lines()) == 5)
        self.assertEqual(
            [line.split()[0] for line in self.lines()], ["alone", "end", "alone", "end", "alone"]
        )

    def test_a_restart_renews_the_singletons(self) -> None:
        self.first()
        begin(self.transaction(R1))
        relieve(self.context, R1)
        renew(self.context)
        follow(self.context)
        self.settled(lambda: self.up() == [f"worker {R1}.3", f"beat {R1}.4"])

    def test_killed_at_any_record_the_next_one_finishes_it(self) -> None:
        """The record is on disk, the act that it announces is not done."""
        for count in range(1, 20):
            live, other = (R2, R1) if count % 2 else (R1, R2)
            if count == 1:
                self.first()
            self.live(live)
            child = os.fork()
            if child == 0:
                doomed = Doomed.of(self.site, "op")
                dying = Doomed(doomed.site, doomed.paths, doomed.manager, doomed.name, doomed.tell)
                dying.left = count
                try:
                    level(dying)
                finally:
                    os._exit(0)
            done = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            self.settled(lambda live=live: len(self.up()) == 2 and all(live in name for name in self.up()))  # type: ignore[misc]
            self.assertNotIn(other, " ".join(self.up()))
            if done == 0:
                break
        self.assertGreater(count, 5)
        self.settled(lambda: len(self.context.history().others()) == 2)
        self.assertEqual([line for line in self.lines() if line.startswith("beside")], [])


def load_tests(loader: unittest.TestLoader, found: unittest.TestSuite, _: str | None) -> unittest.TestSuite:
    """Without a supervisord, what needs none."""
    return found if PYTHON else loader.loadTestsFromTestCase(TooEarly)


class TooEarly(unittest.TestCase):
    """Back-off of a process that cannot live."""

    def tried(self, *ages: tuple[float, bool]) -> bool:
        """True where it is too early again, after starts so many seconds ago that failed or not."""
        records: list[dict[str, Any]] = []
        for number, (age, failed) in enumerate(ages, 1):
            known = {"op": "o", "backend": f"{R1}.{number}", "process": "worker"}
            records += [
                {"step": "start", "at": moment(-age), **known},
                {"step": "stopped", **known, "failed": failed},
            ]
        return too_early(fold(records), R1, "worker")

    def test_waits_longer_with_each_failure_in_a_row(self) -> None:
        self.assertFalse(self.tried())
        self.assertFalse(self.tried((1, False)))
        self.assertTrue(self.tried((50, True)))
        self.assertFalse(self.tried((70, True)))
        self.assertTrue(self.tried((200, True), (100, True)))
        self.assertFalse(self.tried((200, True), (130, True)))
        self.assertFalse(self.tried((200, True), (150, False), (70, True)))

    def test_but_never_longer_than_a_quarter_of_an_hour(self) -> None:
        old = [(10_000.0 - step, True) for step in range(50)]
        self.assertTrue(self.tried(*old, (880, True)))
        self.assertFalse(self.tried(*old, (920, True)))

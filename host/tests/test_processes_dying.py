"""Processes beside web that die, do not end, or whose operation dies."""

from __future__ import annotations

import os
import time
from typing import Any
from unittest import mock

from graceful.errors import StepFailure
from graceful.journal.journal import Journal
from graceful.operation import levelling
from graceful.operation.context import Context, moment
from graceful.operation.levelling import level
from graceful.operation.processes import begin, follow
from graceful.process import supervisor_ini

from .processes_site import ProcessesCase
from .supervisord_site import load_tests as load_tests
from .supervisord_site import wait_for
from .support import R1, R2


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


class Dying(ProcessesCase):
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

    def test_one_that_does_not_end_in_its_time_is_killed(self) -> None:
        self.place(R1, task=600, worker={"stopMs": 500}, beat={"stopMs": 500})
        self.first()
        self.live(R2)
        began = time.monotonic()
        self.settled(lambda: len(self.up()) == 2 and len(self.context.history().others()) == 2)
        self.assertGreater(time.monotonic() - began, 0.5)
        wait_for("the next beat has started", lambda: len(self.lines()) == 2)
        self.assertEqual([line.split()[0] for line in self.lines()], ["alone", "alone"])

    def test_one_that_was_told_to_end_before_the_clock_was_set_back_has_its_time_from_there(self) -> None:
        self.place(R1, task=600, beat={"stopMs": 500})
        self.first()
        self.live(R2)
        with (
            mock.patch.object(levelling, "PATIENCE", 0.1),
            mock.patch.object(levelling, "moment", lambda after=0: moment(7200 + after)),
        ):
            level(self.context)
        told = time.monotonic()
        self.settled(lambda: f"beat {R2}.2" in self.up())
        self.assertTrue(0.5 < time.monotonic() - told < supervisor_ini.MARGIN)

    def test_killed_at_any_record_the_next_one_finishes_it(self) -> None:
        """The record is on disk, the act that it announces is not done."""
        killed = 0
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
            killed += done != 0
            # On a busy machine it may leave the beat to the next one, and so write fewer records than it would.
            if done == 0 and count > 5:
                break
        self.assertEqual(done, 0)
        self.assertGreater(killed, 3)
        self.settled(lambda: len(self.context.history().others()) == 2)
        self.assertEqual([line for line in self.lines() if line.startswith("beside")], [])

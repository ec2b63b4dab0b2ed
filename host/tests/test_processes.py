"""What runs beside web after which event, and never two of a singleton."""

from __future__ import annotations

import json
from unittest import mock

from graceful.errors import StepFailure
from graceful.operation import levelling
from graceful.operation.context import moment
from graceful.operation.levelling import level
from graceful.operation.processes import begin, follow, relieve, renew, rest, wake

from .processes_site import ProcessesCase
from .supervisord_site import load_tests as load_tests
from .supervisord_site import wait_for
from .support import R1, R2


class Processes(ProcessesCase):
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

    def test_one_that_is_started_while_the_one_before_ends_is_started_by_the_timer(self) -> None:
        self.place(R1, task=2)
        self.first()
        for fresh in (False, True):
            running = self.lines()[-1].split()[-1]
            rest(self.context, ["beat"])
            with mock.patch.object(levelling, "PATIENCE", 0.2):
                words = wake(self.context, ["beat"], fresh)
            self.assertEqual(words, ["beat waits until the one before has ended"])
            self.assertNotIn(f"end {running}", self.lines())
            self.settled(lambda running=running: self.lines()[-1].split()[-1] != running)  # type: ignore[misc]
        self.assertEqual(
            [line.split()[0] for line in self.lines()], ["alone", "end", "alone", "end", "alone"]
        )

    def test_one_that_does_not_start_is_told_as_failed_and_the_timer_tries_again(self) -> None:
        self.first()
        rest(self.context, ["beat"])
        self.settled(lambda: self.up() == [f"worker {R1}.1"] and len(self.context.history().others()) == 1)
        refused = StepFailure("there is no program", "Look.")
        with (
            mock.patch.object(self.context.manager, "start", side_effect=refused),
            self.assertRaises(StepFailure) as caught,
        ):
            wake(self.context, ["beat"], fresh=False)
        self.assertEqual(caught.exception.what, "beat does not start: there is no program")
        self.assertEqual(level(self.context), [])
        with mock.patch.object(levelling, "moment", lambda after=0: moment(61 + after)):
            self.assertEqual(level(self.context), ["beat runs"])

    def test_a_restart_renews_the_singletons(self) -> None:
        self.first()
        begin(self.transaction(R1))
        relieve(self.context, R1)
        renew(self.context)
        follow(self.context)
        self.settled(lambda: self.up() == [f"worker {R1}.3", f"beat {R1}.4"])

    def test_a_restart_that_is_cut_off_renews_them_once_whatever_the_clock_says(self) -> None:
        with mock.patch("graceful.journal.journal.now", lambda: moment(7200)):
            self.first()
        self.context.journal.write("begin", kind="restart", release=R1)
        renew(self.context)
        self.settled(lambda: self.up() == [f"worker {R1}.1", f"beat {R1}.3"])
        renew(self.context)
        follow(self.context)
        self.assertEqual(self.up(), [f"worker {R1}.1", f"beat {R1}.3"])

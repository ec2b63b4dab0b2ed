"""Start, stop and restart by name, and what the timer does about them, on a site of plain processes."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

from graceful.cli.codes import BAD_INPUT, code_of
from graceful.errors import GracefulError, StepFailure
from graceful.journal.journal import read_journal
from graceful.operation.by_hand import Which, run_restart_of, run_start, run_stop
from graceful.operation.going import run_activate, run_rollback
from graceful.operation.keepalive import run_keepalive
from graceful.operation.maintain import run_delete
from graceful.operation.manage import run_manage
from graceful.operation.recover import recover
from graceful.operation.tick import tick

from .plain_site import ASKED, PlainSite, Visitors
from .plain_site import load_tests as load_tests
from .support import R1, R2, R3

FORCED = replace(ASKED, force=True)
LIVE, INACTIVE, ALL = Which(), Which(inactive=True), Which(all=True)


class ByHand(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        self.staged(R1)
        self.staged(R2)
        self.put_live(R1, R2)

    def test_what_is_live_is_not_stopped_unless_forced(self) -> None:
        for which in (LIVE, ALL, Which((R2,)), Which((f"{R2}.1",)), Which(("web",))):
            ended = run_stop(self.context(), which, ASKED)
            self.assertEqual(ended["result"], "failed", which)
            self.assertIn(f"{R2}.1 is live", ended["message"])
        self.assertEqual(self.running(), [f"{R1}.1", f"{R2}.1"])
        self.assertIsNone(self.history().unfinished)

    def test_the_inactive_one_is_stopped(self) -> None:
        with Visitors(self) as visitors:
            ended = run_stop(self.context(), INACTIVE, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("done", R2), ended)
        self.assertEqual(self.running(), [f"{R2}.1"])
        self.assertEqual(visitors.changes(), [f"{R2}.1"])

    def test_one_that_was_stopped_stays_so_until_start(self) -> None:
        ended = run_stop(self.context(), LIVE, FORCED)
        self.assertEqual(ended["result"], "done", ended)
        self.assertIn("down until `start`", ended["message"])
        for _ in range(2):
            tick(self.context())
        kept = run_keepalive(self.context(), ASKED)
        self.assertIn("stays so until `start`", kept["message"])
        self.assertEqual((self.running(), self.visit()), ([f"{R1}.1"], "502"))
        started = run_start(self.context(), LIVE, ASKED)
        self.assertEqual(started["result"], "done", started)
        self.assertEqual(self.visit(), f"{R2}.2")
        self.manager.processes[f"{R2}.2"].kill()
        self.manager.processes[f"{R2}.2"].wait()
        tick(self.context())
        self.assertEqual(self.visit(), f"{R2}.3")

    def test_one_that_was_stopped_stays_so_under_a_deploy_that_falls_back(self) -> None:
        self.staged(R3)
        self.assertEqual(run_stop(self.context(), LIVE, FORCED)["result"], "done")
        self.tell.at["verify"] = lambda: self.how(R3, through=500)
        ended = run_activate(self.context(), R3, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("fell-back", R2), ended)
        self.assertIn(f"Fell back: {R2} is down as before: it was stopped at", ended["message"])
        self.assertNotIn("died", ended["message"] + self.tell.words())
        self.how(R3)
        self.tell.at["verify"] = self.die
        with self.assertRaises(KeyboardInterrupt):
            run_activate(self.context(), R3, ASKED)
        self.assertEqual(self.visit()[:-2], R3)
        for _ in range(2):
            tick(self.context())
        self.assertEqual((self.current(), self.running(), self.visit()), (R2, [], "502"))
        self.assertEqual(run_start(self.context(), LIVE, ASKED)["result"], "done")
        self.assertEqual(self.visit(), f"{R2}.2")

    def die(self) -> None:
        raise KeyboardInterrupt

    def test_killed_when_it_was_up_it_stays_up(self) -> None:
        self.lose(R2)
        with (
            mock.patch("graceful.operation.run.end", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            run_start(self.context(), LIVE, ASKED)
        recover(self.context())
        self.assertEqual(self.visit(), f"{R2}.2")
        self.assertEqual(self.roles(), {f"{R1}.1": "standby", f"{R2}.2": "active"})

    def test_a_stop_that_was_cut_off_is_carried_out_and_no_more_is_claimed(self) -> None:
        with (
            mock.patch.object(self.manager, "stop", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            run_stop(self.context(), LIVE, FORCED)
        tick(self.context())
        self.assertEqual(self.running(), [f"{R1}.1"])
        ended = list(self.history().ends.values())[-1]
        self.assertIn("what was told to end ends", ended["message"])

    def test_a_manager_that_refuses_is_told(self) -> None:
        refusing = mock.patch.object(self.manager, "stop", side_effect=StepFailure("masked", "unmask it"))
        with refusing:
            ended = run_stop(self.context(), LIVE, FORCED)
        self.assertEqual(
            (ended["result"], ended["message"]), ("failed", "stop failed: masked. The timer goes on with it.")
        )
        self.assertEqual(ended["failure"]["next"], "unmask it")
        self.assertIsNone(self.history().unfinished)

    def test_a_release_that_goes_live_ends_a_stop(self) -> None:
        run_stop(self.context(), ALL, FORCED)
        self.assertEqual(self.running(), [])
        self.put_live(R1)
        self.assertEqual(self.visit(), f"{R1}.2")
        self.lose(R1)
        tick(self.context())
        self.assertEqual(self.visit(), f"{R1}.3")

    def test_restart_starts_what_was_stopped(self) -> None:
        run_stop(self.context(), LIVE, FORCED)
        ended = run_restart_of(self.context(), LIVE, ASKED)
        self.assertEqual(ended["result"], "live", ended)
        self.assertEqual(self.visit(), f"{R2}.2")

    def test_another_release_stands_by(self) -> None:
        run_stop(self.context(), INACTIVE, ASKED)
        ended = run_start(self.context(), Which((R1,)), ASKED)
        self.assertEqual(ended["result"], "done", ended)
        self.assertEqual(self.roles(), {f"{R1}.2": "standby", f"{R2}.1": "active"})
        again = run_start(self.context(), Which((R1,)), ASKED)
        self.assertIn(f"{R1}.2 runs already", again["message"])
        self.put_live(R1)
        self.assertEqual(self.visit(), f"{R1}.2")

    def test_one_that_does_not_start(self) -> None:
        run_stop(self.context(), INACTIVE, ASKED)
        self.how(R1, start="broken")
        ended = run_start(self.context(), INACTIVE, ASKED)
        self.assertEqual(ended["result"], "failed", ended)
        self.assertIn("no settings module", ended["failure"]["log"])
        self.assertEqual(self.roles(), {f"{R2}.1": "active"})

    def test_a_restart_is_called_so(self) -> None:
        run_restart_of(self.context(), INACTIVE, ASKED)
        begun = [record["kind"] for record in read_journal(self.paths.journal) if record["step"] == "begin"]
        self.assertEqual(begun[-1], "restart")
        self.how(R1, start="broken")
        self.assertIn("restart failed: ", run_restart_of(self.context(), INACTIVE, ASKED)["message"])

    def test_restart_of_both(self) -> None:
        with Visitors(self) as visitors:
            ended = run_restart_of(self.context(), ALL, ASKED)
        self.assertEqual(ended["result"], "done", ended)
        self.assertEqual(visitors.changes(), [f"{R2}.1", f"{R2}.2"])
        tick(self.context())
        self.assertEqual(self.roles(), {f"{R1}.2": "standby", f"{R2}.2": "active"})

    def test_what_is_not_there(self) -> None:
        for run in (run_start, run_stop, run_restart_of):
            with self.subTest(run=run.__name__):
                ended = run(self.context(), Which(("worker",)), ASKED)
                self.assertEqual(ended["result"], "failed")
                self.assertIn("there is no worker here", ended["message"])
                self.assertEqual(code_of(ended), BAD_INPUT)
        self.assertEqual(code_of(run_manage(self.context(), "nope", ["check"])), BAD_INPUT)
        for run_to in (run_rollback, run_activate, run_delete):
            for name in ("nope", "", "20260101T000000Z-abcdef1"):
                with self.subTest(run=run_to.__name__, name=name):
                    ended = run_to(self.context(), name, ASKED)
                    self.assertEqual((ended["result"], code_of(ended)), ("failed", BAD_INPUT), ended)

    def test_what_is_there_and_cannot_be_is_no_wrong_use(self) -> None:
        for run_to in (run_rollback, run_activate, run_delete):
            with self.subTest(run=run_to.__name__):
                ended = run_to(self.context(), R2, ASKED)
                self.assertEqual((ended["result"], code_of(ended)), ("failed", 1), ended)

    def test_names_and_words_exclude_each_other(self) -> None:
        with self.assertRaisesRegex(GracefulError, "exclude each other"):
            Which((R1,), all=True)

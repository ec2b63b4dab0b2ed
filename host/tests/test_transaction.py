"""The transaction on a site of plain processes: restart, activate, update, and ways back that fail themselves."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

from graceful.errors import StepFailure
from graceful.operation.context import moment
from graceful.operation.going import run_activate, run_restart, run_rollback, run_update
from graceful.operation.recover import recover
from graceful.operation.tick import tick

from .plain_site import ASKED, PlainSite, Visitors
from .plain_site import load_tests as load_tests
from .support import R1, R2, R3, R4


class GoingCase(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        for release in (R1, R2, R3):
            self.staged(release)


class Activate(GoingCase):
    def test_a_staged_release_goes_live_as_by_a_deploy(self) -> None:
        self.put_live(R1, R2)
        self.assertEqual(self.visit(), f"{R2}.1")
        self.assertEqual((self.links()["current"], self.links()["previous"]), (R2, R1))
        self.assertEqual(self.history().releases[R1].state, "good")
        self.assertEqual(self.roles(), {f"{R1}.1": "standby", f"{R2}.1": "active"})

    def test_an_older_release_is_a_rollback(self) -> None:
        self.put_live(R1, R2)
        ended = run_activate(self.context(), R1, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("live", R1))
        self.assertEqual(self.history().releases[R2].state, "rolled-back")
        self.assertEqual(self.visit(), f"{R1}.1")

    def test_a_stop_that_was_only_announced_is_carried_out_by_the_timer(self) -> None:
        self.put_live(R1, R2)
        self.context().journal.write("stop", backend=f"{R1}.1")
        for _ in range(2):
            tick(self.context())
        self.assertEqual(self.running(), [f"{R2}.1"])
        self.assertEqual(self.roles(), {f"{R2}.1": "active"})

    def test_what_is_bad_never_gets_a_visitor(self) -> None:
        self.put_live(R1)
        self.how(R2, start="broken")
        with Visitors(self) as visitors:
            ended = run_activate(self.context(), R2, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("failed", R1))
        self.assertEqual(visitors.changes(), [f"{R1}.1"])
        self.assertEqual(self.running(), [f"{R1}.1"])
        self.assertEqual(self.history().releases[R2].state, "failed")

    def test_one_that_is_not_there(self) -> None:
        self.put_live(R1)
        ended = run_activate(self.context(), "20300101T000000Z-abcdef1", ASKED)
        self.assertEqual(ended["result"], "failed")
        self.assertIn("is not on this host", ended["message"])


class Restart(GoingCase):
    def test_no_request_is_lost_and_no_link_changes(self) -> None:
        self.put_live(R1, R2)
        before = self.links()
        with Visitors(self) as visitors:
            ended = run_restart(self.context(), ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("live", R2), ended)
        self.assertEqual(visitors.changes(), [f"{R2}.1", f"{R2}.2"])
        self.assertEqual(self.links(), before)
        self.assertEqual(self.history().releases[R2].state, "good")
        tick(self.context())
        self.assertEqual(self.running(), [f"{R2}.2"])

    def test_one_that_does_not_come_up_leaves_the_old_backend_alone(self) -> None:
        self.put_live(R1)
        self.how(R1, start="broken")
        with Visitors(self) as visitors:
            ended = run_restart(self.context(), ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("failed", R1), ended)
        self.assertEqual(visitors.changes(), [f"{R1}.1"])
        self.assertEqual(self.history().releases[R1].state, "good")
        self.assertEqual(self.roles(), {f"{R1}.1": "active"})

    def test_falls_back_by_one_rename(self) -> None:
        self.put_live(R1)
        self.tell.at["verify"] = lambda: self.how(R1, through=500)
        self.tell.at["fall-back"] = lambda: self.how(R1)
        ended = run_restart(self.context(), ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("fell-back", R1), ended)
        self.assertEqual(self.visit(), f"{R1}.1")
        self.assertEqual(self.running(), [f"{R1}.1"])
        self.assertEqual(self.history().releases[R1].state, "good")

    def test_killed_after_the_switch_it_is_undone_by_the_timer(self) -> None:
        self.put_live(R1)
        self.tell.at["verify"] = self.die
        with self.assertRaises(KeyboardInterrupt):
            run_restart(self.context(), ASKED)
        self.assertEqual(self.visit(), f"{R1}.2")
        recover(self.context())
        self.assertEqual(self.visit(), f"{R1}.1")
        tick(self.context())
        self.assertEqual(self.roles(), {f"{R1}.1": "active"})

    def die(self) -> None:
        raise KeyboardInterrupt

    def test_killed_before_its_singletons_are_renewed_they_are_by_the_recovery(self) -> None:
        beat = {"argv": ["x"], "stopMs": 20_000, "singleton": True}
        self.staged(R4, processes={"web": {"argv": ["x"]}, "beat": beat})
        self.put_live(R4)
        before = self.history().others()
        with (
            mock.patch("graceful.operation.processes.renew", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            run_restart(self.context(), ASKED)
        self.assertEqual(self.history().others(), before)
        for _ in range(2):
            tick(self.context())
        (after,) = self.history().others()
        self.assertEqual((after.process, after.role), ("beat", "active"))
        self.assertNotEqual(after.name, before[0].name)

    def test_a_dead_one_is_started(self) -> None:
        self.put_live(R1)
        self.lose(R1)
        ended = run_restart(self.context(), ASKED)
        self.assertEqual(ended["result"], "live", ended)
        self.assertEqual(self.visit(), f"{R1}.2")


class Update(GoingCase):
    def test_starts_the_inactive_one_anew_and_switches_to_it(self) -> None:
        self.put_live(R1, R2)
        ended = run_update(self.context(), None, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("live", R1), ended)
        self.assertEqual(self.visit(), f"{R1}.2")

    def test_goes_to_the_one_that_is_named_whatever_stands_by(self) -> None:
        self.put_live(R1, R2, R3)
        self.assertEqual(self.links()["previous"], R2)
        ended = run_update(self.context(), R1, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("live", R1), ended)

    def test_without_another_release(self) -> None:
        self.put_live(R1)
        ended = run_update(self.context(), None, ASKED)
        self.assertIn("update refused: no other release stands by", ended["message"])
        self.assertNotIn("roll", ended["message"])

    def test_a_refusal_has_the_word_that_it_was_asked_by(self) -> None:
        ended = run_activate(self.context(), "nope", replace(ASKED, called="switch"))
        self.assertIn("switch refused: ", ended["message"])


class Settling(GoingCase):
    def test_a_round_killed_between_the_two_links_is_finished_by_the_next(self) -> None:
        self.put_live(R1)
        self.settle()
        self.put_live(R2)
        killed = mock.patch("graceful.operation.tick.set_links", side_effect=KeyboardInterrupt)
        with killed, self.assertRaises(KeyboardInterrupt):
            self.settle()
        self.assertEqual(self.links()["working"], R1)
        tick(self.context())
        self.assertEqual((self.links()["working"], self.links()["previous-working"]), (R2, R1))

    def settle(self) -> None:
        """The standby time is over."""
        with mock.patch("graceful.operation.tick.moment", lambda after=0: f"9{moment(after)}"):
            tick(self.context())


class FallBackFails(GoingCase):
    """The old backend died meanwhile."""

    def setUp(self) -> None:
        super().setUp()
        self.put_live(R1)

    def bad_behind_the_web_server(self) -> None:
        self.lose(R1)
        self.how(R2, through=500)

    def test_it_is_started_again_and_serves(self) -> None:
        self.tell.at["verify"] = self.bad_behind_the_web_server
        ended = run_activate(self.context(), R2, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("fell-back", R1), ended)
        self.assertIn("started anew", ended["message"])
        self.assertEqual(self.visit(), f"{R1}.2")
        self.assertEqual(self.running(), [f"{R1}.2"])
        self.assertEqual(self.history().releases[R2].state, "failed")

    def test_it_does_not_come_up_and_the_new_one_is_better_than_nothing(self) -> None:
        def spoil() -> None:
            self.bad_behind_the_web_server()
            self.how(R1, start="broken")

        self.tell.at["verify"] = spoil
        ended = run_activate(self.context(), R2, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("not-reverted", R2), ended)
        self.assertIn(f"{R2} serves on, although it failed", ended["message"])
        self.assertIn(f"switch {R1}", ended["failure"]["next"])
        self.assertIn("no settings module", ended["failure"]["log"])
        self.assertEqual((self.visit(), self.current()), ("500", R2))
        self.assertEqual(self.roles(), {f"{R2}.1": "active"})
        # What answers is left alone by the timer, and a mended one can be gone to.
        tick(self.context())
        self.assertEqual(self.running(), [f"{R2}.1"])
        self.how(R1)
        self.put_live(R1)
        self.assertEqual(self.visit(), f"{R1}.3")

    def test_nothing_comes_up(self) -> None:
        def spoil() -> None:
            self.lose(R1)
            self.how(R1, start="broken")
            self.how(R2, die=True)

        self.tell.at["verify"] = spoil
        ended = run_activate(self.context(), R2, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("not-reverted", R1), ended)
        self.assertIn("Nothing answers", ended["message"])
        self.assertEqual(self.running(), [])
        self.how(R1)
        tick(self.context())
        self.assertEqual(self.visit(), f"{R1}.3")

    def test_a_manager_that_refuses_to_stop_the_new_one_keeps_nobody_from_falling_back(self) -> None:
        self.tell.at["verify"] = lambda: self.how(R2, through=500)
        refusing = mock.patch.object(self.manager, "stop", side_effect=StepFailure("masked", "unmask it"))
        with refusing:
            ended = run_activate(self.context(), R2, ASKED)
            tick(self.context())
        self.assertEqual((ended["result"], ended["release"]), ("fell-back", R1), ended)
        self.assertIn("could not be told to stop: masked", self.tell.words())
        for _ in range(2):
            tick(self.context())
        self.assertEqual((self.visit(), self.running()), (f"{R1}.1", [f"{R1}.1"]))

    def test_a_rollback_that_fails_the_same_way(self) -> None:
        self.put_live(R2)

        def spoil() -> None:
            self.lose(R2)
            self.how(R1, through=500)

        self.tell.at["verify"] = spoil
        ended = run_rollback(self.context(), None, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("fell-back", R2), ended)
        self.assertEqual(self.visit(), f"{R2}.2")

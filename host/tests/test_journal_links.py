"""The design's table "What the links do", row by row."""

from __future__ import annotations

import unittest

from graceful.journal.history import History, Release
from graceful.journal.links import Links, after_deploy, after_rollback, after_standby, without

from .support import R1, R2, R3, R4


def site(**states: str) -> History:
    """A history with the releases R1, R2 ... in this order, in these states."""
    ids = {"r1": R1, "r2": R2, "r3": R3, "r4": R4}
    return History(
        releases={
            ids[name]: Release(ids[name], order, "c", state)
            for order, (name, state) in enumerate(states.items())
        }
    )


def links(
    current: str | None, previous: str | None, working: str | None, previous_working: str | None = None
) -> Links:
    return {
        "current": current,
        "previous": previous,
        "working": working,
        "previous-working": previous_working,
    }


class AfterDeploy(unittest.TestCase):
    def test_confirmed(self) -> None:
        history = site(r1="good", r2="good", r3="good")
        self.assertEqual(after_deploy(links(R2, R1, R2, R1), history, R3, R2), links(R3, R2, R2, R1))

    def test_first_deploy_has_no_previous(self) -> None:
        self.assertEqual(
            after_deploy(links(None, None, None), site(r1="good"), R1, None), links(R1, None, None)
        )

    def test_over_a_release_that_was_never_confirmed(self) -> None:
        history = site(r1="good", r2="staged", r3="good")
        self.assertEqual(after_deploy(links(R2, None, R1), history, R3, R2), links(R3, R1, R1))

    def test_over_a_failed_release(self) -> None:
        history = site(r1="good", r2="failed", r3="good")
        self.assertEqual(after_deploy(links(R2, R1, R1), history, R3, R2), links(R3, R1, R1))

    def test_over_itself(self) -> None:
        history = site(r1="good", r2="good")
        self.assertEqual(after_deploy(links(R2, R1, R1), history, R2, R2), links(R2, R1, R1))

    def test_over_a_release_that_the_journal_does_not_know(self) -> None:
        history = site(r1="good")
        self.assertEqual(after_deploy(links(R4, None, None), history, R1, R4), links(R1, None, None))


class AfterStandby(unittest.TestCase):
    def test_current_works_and_the_working_one_before_is_kept(self) -> None:
        history = site(r1="good", r2="good", r3="good")
        self.assertEqual(after_standby(links(R3, R2, R2, R1), history), links(R3, R2, R3, R2))

    def test_first_release(self) -> None:
        self.assertEqual(after_standby(links(R1, None, None), site(r1="good")), links(R1, None, R1))

    def test_a_working_one_that_is_not_good_any_more_goes(self) -> None:
        history = site(r1="good", r2="rolled-back", r3="good")
        self.assertEqual(after_standby(links(R3, R1, R2, R1), history), links(R3, R1, R3, None))

    def test_it_worked_already(self) -> None:
        history = site(r1="good", r2="good")
        self.assertEqual(after_standby(links(R2, R1, R2, R1), history), links(R2, R1, R2, R1))


class FellBack(unittest.TestCase):
    def test_all_links_stay(self) -> None:
        history = site(r1="good", r2="good", r3="failed")
        before = links(R2, R1, R2, R1)
        self.assertEqual(without(history, R3, before), before)


class AfterRollback(unittest.TestCase):
    def test_to_previous(self) -> None:
        history = site(r1="good", r2="good", r3="rolled-back")
        self.assertEqual(after_rollback(links(R3, R2, R2, R1), history, R2, R3), links(R2, R1, R2, R1))

    def test_twice_goes_further_back_not_forth_again(self) -> None:
        history = site(r1="good", r2="rolled-back", r3="rolled-back")
        self.assertEqual(after_rollback(links(R2, R1, R2, R1), history, R1, R2), links(R1, None, R1, None))

    def test_over_a_failed_one_in_between(self) -> None:
        history = site(r1="good", r2="failed", r3="good", r4="rolled-back")
        self.assertEqual(after_rollback(links(R4, R3, R3, R1), history, R3, R4), links(R3, R1, R3, R1))

    def test_to_a_named_older_one(self) -> None:
        history = site(r1="good", r2="good", r3="good", r4="rolled-back")
        self.assertEqual(after_rollback(links(R4, R3, R4, R3), history, R2, R4), links(R2, R1, R3, R2))

    def test_to_a_named_newer_one(self) -> None:
        history = site(r1="rolled-back", r2="good", r3="good")
        self.assertEqual(
            after_rollback(links(R1, None, R1, None), history, R3, R1), links(R3, R2, None, None)
        )

    def test_to_a_failed_one_by_name(self) -> None:
        history = site(r1="good", r2="good", r3="rolled-back")
        self.assertEqual(after_rollback(links(R3, R1, R3, R1), history, R2, R3)["previous"], R1)


class Marked(unittest.TestCase):
    def test_each_link_moves_to_the_newest_good_one_before(self) -> None:
        history = site(r1="good", r2="failed", r3="failed", r4="good")
        self.assertEqual(without(history, R3, links(R4, R3, R3, R3)), links(R4, R1, R1, None))

    def test_or_goes(self) -> None:
        history = site(r1="failed", r2="good")
        self.assertEqual(without(history, R1, links(R2, R1, R1, R1)), links(R2, None, None, None))

    def test_current_is_the_switchs_affair_alone(self) -> None:
        history = site(r1="good", r2="failed")
        self.assertEqual(without(history, R2, links(R2, R1, R2))["current"], R2)

    def test_nothing_marked(self) -> None:
        before = links(R2, R1, R1)
        self.assertEqual(without(site(r1="good", r2="good"), None, before), before)

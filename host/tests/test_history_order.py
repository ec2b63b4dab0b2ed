"""What the journal says of the order of releases, and of their migrations."""

from __future__ import annotations

import unittest
from typing import Any

from .records import UNTIL, deployed, fold
from .support import R1, R2, R3, R4


class Numbers(unittest.TestCase):
    def test_next_backend_is_never_used_twice(self) -> None:
        self.assertEqual(fold([]).next_backend(R1), f"{R1}.1")
        records = deployed(R1)
        self.assertEqual(fold(records).next_backend(R1), f"{R1}.2")
        records += [{"step": "stopped", "backend": f"{R1}.1"}]
        self.assertEqual(fold(records).next_backend(R1), f"{R1}.2")
        records += [{"step": "start", "backend": f"{R1}.{n}"} for n in range(2, 11)]
        self.assertEqual(fold(records).next_backend(R1), f"{R1}.11")
        self.assertEqual(fold(records).next_backend(R2), f"{R2}.1")

    def test_ticket_and_run_numbers_are_the_highest_ever_confirmed(self) -> None:
        history = fold(
            [
                *deployed(R1, ticket=7, workflow="deploy", run_number=12),
                *deployed(R2, ticket=5, workflow="deploy", run_number=9),
                *deployed(R3, ticket=None, workflow="other", run_number=3),
                *deployed(R4, ticket=99, workflow="deploy", run_number=99)[:6],
            ]
        )
        self.assertEqual(history.ticket, 7)
        self.assertEqual(history.runs, {"deploy": 12, "other": 3})

    def test_a_confirm_settles_later_until_that_is_done(self) -> None:
        self.assertIsNone(fold(deployed(R1)[:6]).settles)
        self.assertEqual(fold(deployed(R1)).settles, UNTIL)
        self.assertIsNone(fold([*deployed(R1), {"step": "settle", "links": {}}]).settles)

    def test_a_fall_back_does_not_take_the_settling_of_the_release_before(self) -> None:
        records = [*deployed(R1), *deployed(R2)[:6], {"step": "fall-back"}, {"step": "end"}]
        self.assertEqual(fold(records).settles, UNTIL)


class GoodBefore(unittest.TestCase):
    def setUp(self) -> None:
        self.history = fold(
            [*deployed(R3), *deployed(R1), *deployed(R2), {"step": "mark", "release": R1, "state": "failed"}]
        )

    def test_order_is_the_journals_not_that_of_the_ids(self) -> None:
        self.assertEqual(self.history.good_before(R2), R3)
        self.assertEqual(self.history.good_before(R1), R3)
        self.assertIsNone(self.history.good_before(R3))

    def test_only_good_ones(self) -> None:
        history = fold([*deployed(R1), *deployed(R2)[:2], *deployed(R3)])
        self.assertEqual(history.releases[R2].state, "staged")
        self.assertEqual(history.good_before(R3), R1)

    def test_before_an_unknown_release_lie_all(self) -> None:
        self.assertEqual(self.history.good_before(R4), R2)


class Migrations(unittest.TestCase):
    def migrated(self, release: str, planned: list[str], applied: list[str] | None) -> list[dict[str, Any]]:
        """A deploy that migrates; None: it was killed on the way."""
        stage, *rest = deployed(release)[1:]
        records = [stage, {"step": "migrate", "release": release, "migrations": planned}]
        if applied is None:
            return records
        return [*records, {"step": "migrated", "release": release, "migrations": applied}, *rest]

    def test_a_release_is_behind_what_later_ones_applied(self) -> None:
        history = fold(
            [
                *self.migrated(R1, ["shop.0001_initial"], ["shop.0001_initial"]),
                *self.migrated(R2, ["shop.0002_note", "blog.0001_initial"], ["shop.0002_note"]),
                *deployed(R3),
                *self.migrated(R4, ["shop.0003_price"], None),
            ]
        )
        self.assertEqual(history.ahead_of(R1), ["shop.0002_note", "shop.0003_price"])
        self.assertEqual(history.ahead_of(R3), ["shop.0003_price"])
        self.assertEqual(history.ahead_of(R4), [])

    def test_a_journal_without_the_names_knows_none(self) -> None:
        self.assertEqual(fold([*deployed(R1), *deployed(R2)[:2], {"step": "migrate"}]).ahead_of(R1), [])

"""Back-off of a process that cannot live."""

from __future__ import annotations

import unittest
from typing import Any

from graceful.journal.history import fold
from graceful.operation.context import moment
from graceful.operation.levelling import too_early

from .support import R1


class TooEarly(unittest.TestCase):
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

    def test_a_start_that_is_still_to_come_says_nothing_since_the_clock_was_set_back(self) -> None:
        self.assertFalse(self.tried((-7200, True)))
        self.assertTrue(self.tried((-7200, True), (50, True)))

    def test_but_never_longer_than_a_quarter_of_an_hour(self) -> None:
        old = [(10_000.0 - step, True) for step in range(50)]
        self.assertTrue(self.tried(*old, (880, True)))
        self.assertFalse(self.tried(*old, (920, True)))

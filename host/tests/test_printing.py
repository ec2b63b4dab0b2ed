"""What a terminal is given of texts that others wrote."""

from __future__ import annotations

import unittest

from graceful.printing import shown, shown_in_line
from graceful.report.text import history_text


class Shown(unittest.TestCase):
    def test_nothing_that_a_terminal_would_obey(self) -> None:
        self.assertEqual(shown("größe\t\x1b[31m\r\nnext\x9b\x00"), "größe\t\\x1b[31m\\r\nnext\\x9b\\x00")
        self.assertEqual(shown_in_line("a\nb\tc"), "a\\nb\\tc")

    def test_a_reason_in_the_history_stays_in_its_line(self) -> None:
        one = {
            "origin": {"actor": "ada", "reason": "x\x1b[2J\nlive"},
            "result": "live",
            "ms": 5,
            "began": "now",
        }
        told = history_text({"operations": [{**one, "kind": "rollback", "release": None, "message": None}]})
        self.assertTrue(told.endswith("    reason: x\\x1b[2J\\nlive"), told)

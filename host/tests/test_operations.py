"""What the journal says was done."""

from __future__ import annotations

import unittest
from typing import Any

from graceful.journal.operations import operations


class Operations(unittest.TestCase):
    def test_with_steps_times_and_who(self) -> None:
        records: list[dict[str, Any]] = [
            {"op": "tick-1", "step": "settle", "at": "2026-01-01T00:00:00.000Z"},
            {
                "op": "a",
                "step": "begin",
                "kind": "deploy",
                "release": "r",
                "commit": "c",
                "origin": {"actor": "ada", "reason": ""},
                "at": "2026-01-01T00:00:01.000Z",
            },
            {"op": "a", "step": "stage", "at": "2026-01-01T00:00:01.250Z"},
            {
                "op": "a",
                "step": "end",
                "result": "live",
                "message": "r is live.",
                "at": "2026-01-01T00:00:03.000Z",
            },
            {"op": "b", "step": "begin", "kind": "clean", "releases": [], "at": "2026-01-01T00:01:00.000Z"},
        ]
        first, second = operations(records)
        self.assertEqual(
            first,
            {
                "op": "a",
                "kind": "deploy",
                "release": "r",
                "commit": "c",
                "origin": {"actor": "ada"},
                "began": "2026-01-01T00:00:01.000Z",
                "ended": "2026-01-01T00:00:03.000Z",
                "ms": 2000,
                "result": "live",
                "message": "r is live.",
                "steps": [{"step": "stage", "ms": 250}],
            },
        )
        self.assertEqual((second["kind"], second["release"], second["result"]), ("clean", None, None))


if __name__ == "__main__":
    unittest.main()

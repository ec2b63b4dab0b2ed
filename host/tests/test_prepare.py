"""What is read of what `migrate` says."""

from __future__ import annotations

import unittest

from graceful.operation.prepare import applied_in, planned_in


class MigrateSays(unittest.TestCase):
    """What Django's `migrate` prints."""

    def test_planned(self) -> None:
        lines = ["Planned operations:", "orders.0002_note", "    Add field note to order", "  orders.0003"]
        self.assertEqual(planned_in(lines), ["orders.0002_note"])

    def test_applied(self) -> None:
        lines = [
            "Running migrations:",
            "  Applying orders.0002_note... OK",
            "  Applying orders.0003_price...",
            "Error",
        ]
        self.assertEqual(applied_in(lines), ["orders.0002_note"])

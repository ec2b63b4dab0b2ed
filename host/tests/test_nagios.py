"""The line and the exit code that monitoring gets."""

from __future__ import annotations

import unittest
from typing import Any

from graceful.report.nagios import CRITICAL, OK, WARNING, Measured, line, nagios
from graceful.report.words import age, columns, size

from .support import R1, R2

STALE = "2026-01-01T00:05:00.000Z"
GOOD = Measured(None, 0.0123)


def backend(**changes: Any) -> dict[str, Any]:
    return {
        "backend": f"{R1}.1",
        "process": "web",
        "release": R1,
        "role": "active",
        "up": True,
        "memoryBytes": 1000,
        "health": {"at": "2026-01-01T00:10:00.000Z", "good": True, "told": "it answers"},
        **changes,
    }


def status(**changes: Any) -> dict[str, Any]:
    return {
        "site": "shop",
        "links": {"current": R1, "previous": None, "working": None, "previousWorking": None},
        "backends": [backend(), backend(backend=f"{R2}.1", release=R2, role="standby", memoryBytes=24)],
        "releases": [{"id": R1, "state": "good"}, {"id": R2, "state": "good"}],
        "offline": None,
        "stopped": None,
        "missing": [],
        "unfinished": None,
        **changes,
    }


class Nagios(unittest.TestCase):
    def told(self, measured: Measured | None = GOOD, **changes: Any) -> tuple[int, str]:
        code, words = nagios(status(**changes), measured, STALE)
        return code, words.partition(" | ")[0]

    def test_ok_with_performance_data(self) -> None:
        self.assertEqual(
            nagios(status(), GOOD, STALE),
            (
                OK,
                f"GRACEFUL OK - shop: {R1} is live and healthy |"
                " time=0.012s;;;0 memory=1024B;;;0 backends=2;;;0 releases=2;;;0",
            ),
        )

    def test_nothing_is_live(self) -> None:
        nothing = {"current": None, "previous": None, "working": None, "previousWorking": None}
        self.assertEqual(
            self.told(None, links=nothing, backends=[]),
            (CRITICAL, "GRACEFUL CRITICAL - shop: no release is live"),
        )

    def test_the_live_release_has_no_backend(self) -> None:
        self.assertEqual(
            self.told(None, backends=[]),
            (CRITICAL, f"GRACEFUL CRITICAL - shop: {R1} is live and has no backend"),
        )

    def test_not_healthy(self) -> None:
        self.assertEqual(
            self.told(Measured("/healthz answered 500, not 2xx", 0.1)),
            (CRITICAL, "GRACEFUL CRITICAL - shop: /healthz answered 500, not 2xx"),
        )

    def test_a_process_that_is_down_and_all_else_that_is_wrong(self) -> None:
        down = backend(process="worker", backend=f"{R1}.2", up=False)
        self.assertEqual(
            self.told(backends=[backend(), down], unfinished="deploy of x"),
            (CRITICAL, f"GRACEFUL CRITICAL - shop: worker {R1}.2 is down; unfinished: deploy of x"),
        )

    def test_warnings(self) -> None:
        offline = {"since": "x", "actor": "ada", "reason": None, "until": "15:00"}
        self.assertEqual(
            self.told(offline=offline),
            (WARNING, "GRACEFUL WARNING - shop: offline until 15:00: visitors get the maintenance page"),
        )
        self.assertEqual(
            self.told(releases=[{"id": R1, "state": "failed"}]),
            (WARNING, "GRACEFUL WARNING - shop: the live release is marked failed"),
        )

    def test_stopped_by_hand_is_on_purpose(self) -> None:
        self.assertEqual(
            self.told(None, backends=[], stopped="2026-01-01"),
            (WARNING, f"GRACEFUL WARNING - shop: {R1} was stopped by hand at 2026-01-01, until `start`"),
        )

    def test_what_it_lacks(self) -> None:
        code, words = nagios(status(missing=["worker: stopped by hand, until `start`"]), GOOD, STALE)
        self.assertEqual(code, WARNING)
        self.assertIn("shop: worker: stopped by hand, until `start` |", words)

    def test_nobody_looks_after_the_site(self) -> None:
        at = "2026-01-01T00:04:59.000Z"
        forgotten = backend(health={"at": at, "good": True, "told": "it answers"})
        words = f"GRACEFUL WARNING - shop: nobody has looked after the site since {at}: does the timer run?"
        self.assertEqual(self.told(backends=[forgotten]), (WARNING, words))
        self.assertEqual(self.told(backends=[backend(health=None)])[0], OK)

    def test_one_line_and_one_bar(self) -> None:
        self.assertEqual(line(CRITICAL, "a|b\n c", "x=1"), "GRACEFUL CRITICAL - a/b c | x=1")


class Words(unittest.TestCase):
    def test_for_people(self) -> None:
        self.assertEqual(
            [age(ms) for ms in (-5, 59_000, 61_000, 7_200_000, 2 * 86_400_000)],
            ["0 s", "59 s", "1 min", "2 h", "2 d"],
        )
        self.assertEqual((size(None), size(1_500_000)), ("-", "1.5 MB"))
        self.assertEqual(columns(("A", "B"), [("long", "x")]), "A     B\nlong  x")


if __name__ == "__main__":
    unittest.main()

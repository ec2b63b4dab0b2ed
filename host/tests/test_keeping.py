"""Invariant 8: whatever is linked, running, in standby or among the N good ones is never pruned."""

from __future__ import annotations

import unittest
from typing import Any

from graceful.journal.history import fold
from graceful.journal.keeping import Keep, held, last_served, prunable

#: In the order in which the site got them, which is not that of their names or dates.
IDS = [f"2026010{9 - n}T000000Z-{n:07x}" for n in range(9)]


def site(*states: str, running: dict[int, str] | None = None) -> list[dict[str, Any]]:
    """The journal of a site whose releases have these states, and backends of these roles."""
    records: list[dict[str, Any]] = []
    for number, state in enumerate(states):
        records.append({"op": "op", "step": "stage", "release": IDS[number], "commit": "c"})
        if state != "staged":
            records.append({"op": "op", "step": "mark", "release": IDS[number], "state": state})
    for number, role in (running or {}).items():
        backend = f"{IDS[number]}.1"
        records.append({"op": "op", "step": "start", "backend": backend, "at": "2026"})
        step = {"active": "active", "draining": "drain", "stopping": "stop", "stopped": "stopped"}.get(role)
        if step:
            records.append({"op": "op", "step": step, "backend": backend, "until": "2026"})
    return records


def gone(records: list[dict[str, Any]], keep: Keep, *links: int) -> list[int]:
    return [IDS.index(one) for one in prunable(fold(records), [IDS[link] for link in links], keep)]


class Prunable(unittest.TestCase):
    def test_the_newest_good_ones_by_the_journal_stay(self) -> None:
        self.assertEqual(gone(site(*["good"] * 6), Keep(3, 1)), [0, 1, 2])

    def test_failed_ones_never_use_up_the_good_ones(self) -> None:
        states = ["good", "good", "failed", "failed", "rolled-back", "failed", "failed"]
        self.assertEqual(gone(site(*states), Keep(2, 2)), [2, 3, 4])

    def test_staged_ones_are_counted_apart(self) -> None:
        self.assertEqual(gone(site("staged", "good", "staged", "good", "staged"), Keep(2, 2)), [0])

    def test_linked_ones_stay_whatever_they_are(self) -> None:
        self.assertEqual(gone(site("good", "failed", "good", "good", "failed"), Keep(1, 1), 0, 1), [2])

    def test_running_ones_stay_in_every_role(self) -> None:
        for role in ("starting", "active", "draining", "stopping"):
            with self.subTest(role):
                self.assertEqual(gone(site("good", "good", "good", running={0: role}), Keep(1, 1)), [1])
        self.assertEqual(gone(site("good", "good", "good", running={0: "stopped"}), Keep(1, 1)), [0, 1])

    def test_the_standby_stays(self) -> None:
        records = site("good", "good", "good", running={0: "active"})
        confirm = {
            "op": "op",
            "step": "confirm",
            "release": IDS[2],
            "backend": f"{IDS[2]}.1",
            "standby": f"{IDS[0]}.1",
            "until": "2026",
        }
        self.assertEqual(gone([*records, confirm], Keep(1, 1)), [1])

    def test_what_is_pruned_is_not_pruned_again(self) -> None:
        self.assertEqual(gone(site("pruned", "good", "good"), Keep(1, 1)), [1])

    def test_each_goes_for_its_own_reason(self) -> None:
        told = prunable(
            fold(site("good", "staged", "rolled-back", "good", "staged", "failed")), [], Keep(1, 0)
        )
        self.assertEqual(
            {IDS.index(release): why for release, why in told.items()},
            {
                0: "more than keep.releases: 1",
                1: "more staged ones than keep.releases: 1",
                2: "more than keep.failed: 0",
                5: "more than keep.failed: 0",
            },
        )

    def test_what_was_rolled_back_from_lately_stays(self) -> None:
        records = [{**record, "at": "2026-01-02"} for record in site("rolled-back", "failed", "good")]
        for lately, goes in (("2026-01-01", [1]), ("2026-01-03", [0, 1])):
            told = prunable(fold(records), [], Keep(1, 0), lately)
            self.assertEqual([IDS.index(release) for release in told], goes)

    def test_only_the_last_one_that_was_rolled_back_from_stays(self) -> None:
        records = site("rolled-back", "rolled-back", "rolled-back", "good")
        # In another order than they came.
        for release, day in zip(IDS, ("03", "04", "02")):
            next(one for one in records if one["step"] == "mark" and one["release"] == release)["at"] = (
                f"2026-01-{day}"
            )
        told = prunable(fold(records), [], Keep(1, 0), "2026-01-01")
        self.assertEqual([IDS.index(release) for release in told], [0, 2])

    def test_why_one_is_held(self) -> None:
        told = held(fold(site("good", "good", running={1: "draining"})), [IDS[0], None])
        self.assertEqual(told, {IDS[0]: "a link names it", IDS[1]: f"its backend {IDS[1]}.1 is draining"})


class LastServed(unittest.TestCase):
    def test_of_every_release(self) -> None:
        def switch(at: str, old: str | None, new: str) -> dict[str, Any]:
            return {"step": "switch", "at": at, "old": {"release": old}, "new": {"release": new}}

        records = [
            {"step": "stage", "at": "1", "release": "a"},
            switch("2", None, "a"),
            {"step": "stage", "at": "3", "release": "b"},
            switch("4", "a", "b"),
            {"step": "fall-back", "at": "5"},
            {"step": "stage", "at": "6", "release": "c"},
        ]
        # `a` serves again since 5, and is live: nobody asks when it last was.
        self.assertEqual(last_served(records), {"a": "4", "b": "5", "c": "6"})
        self.assertEqual(last_served(records, staged=False), {"a": "4", "b": "5"})


if __name__ == "__main__":
    unittest.main()

"""What the journal says about a site."""

from __future__ import annotations

import unittest
from typing import Any, ClassVar

from graceful.journal.history import History

from .records import LATER, UNTIL, deployed, fold
from .support import R1, R2, R3


def roles(history: History) -> dict[str, str]:
    return {name: backend.role for name, backend in history.backends.items()}


def states(history: History) -> dict[str, str]:
    return {name: release.state for name, release in history.releases.items()}


class Unfinished(unittest.TestCase):
    def test_nothing_happened(self) -> None:
        self.assertEqual(fold([]), History())

    def test_an_operation_is_unfinished_after_each_record_but_its_end(self) -> None:
        records = deployed(R1)
        for count in range(1, len(records)):
            unfinished = fold(records[:count]).unfinished
            assert unfinished is not None
            self.assertEqual((unfinished.op, unfinished.kind), (f"op-{R1}", "deploy"))
            self.assertEqual((unfinished.begin["release"], unfinished.words), (R1, f"deploy of {R1}"))
        self.assertIsNone(fold(records).unfinished)

    def test_it_knows_how_far_it_came(self) -> None:
        records = deployed(R1)

        def seen(count: int) -> tuple[list[str], bool, bool]:
            unfinished = fold(records[:count]).unfinished
            assert unfinished is not None
            return unfinished.started, unfinished.switch is not None, unfinished.confirm is not None

        self.assertEqual(seen(3), ([], False, False))
        self.assertEqual(seen(4), ([f"{R1}.1"], False, False))
        self.assertEqual(seen(6), ([f"{R1}.1"], True, False))
        self.assertEqual(seen(7), ([f"{R1}.1"], True, True))

    def test_the_switch_record_is_kept_as_written(self) -> None:
        unfinished = fold(deployed(R1)[:6]).unfinished
        assert unfinished is not None and unfinished.switch is not None
        self.assertEqual(unfinished.switch["new"], {"release": R1, "backend": f"{R1}.1", "started": True})

    def test_a_new_operation_knows_nothing_of_the_one_before(self) -> None:
        unfinished = fold([*deployed(R1), {"step": "begin", "op": "x", "kind": "rollback"}]).unfinished
        assert unfinished is not None
        # Its first step is no deploy's.
        self.assertEqual((unfinished.words, unfinished.step), ("rollback", "start"))
        self.assertEqual((unfinished.started, unfinished.switch, unfinished.confirm), ([], None, None))

    def test_unknown_steps_are_passed_over(self) -> None:
        strange = {"step": "polish", "backend": f"{R1}.1", "release": R1}
        self.assertEqual(fold([*deployed(R1), strange]), fold(deployed(R1)))


class Roles(unittest.TestCase):
    def test_deploy(self) -> None:
        records = deployed(R1)
        self.assertEqual(roles(fold(records[:4])), {f"{R1}.1": "starting"})
        self.assertEqual(roles(fold(records[:6])), {f"{R1}.1": "starting"})
        self.assertEqual(roles(fold(records)), {f"{R1}.1": "active"})

    def test_the_confirm_makes_one_active_and_one_standby_in_one_record(self) -> None:
        records = [*deployed(R1), *deployed(R2, standby=f"{R1}.1")]
        self.assertEqual(roles(fold(records[:-2])), {f"{R1}.1": "active", f"{R2}.1": "starting"})
        history = fold(records)
        self.assertEqual(roles(history), {f"{R1}.1": "standby", f"{R2}.1": "active"})
        self.assertEqual(history.backends[f"{R1}.1"].until, UNTIL)
        self.assertIsNone(history.backends[f"{R2}.1"].until)

    def test_rollback_to_the_standby(self) -> None:
        records = [
            *deployed(R1),
            *deployed(R2, standby=f"{R1}.1"),
            {"step": "begin", "op": "back", "kind": "rollback"},
            {
                "step": "confirm",
                "release": R1,
                "backend": f"{R1}.1",
                "standby": f"{R2}.1",
                "until": LATER,
                "marks": {R2: "rolled-back"},
            },
            {"step": "end"},
        ]
        history = fold(records)
        self.assertEqual(roles(history), {f"{R1}.1": "active", f"{R2}.1": "standby"})
        self.assertIsNone(history.backends[f"{R1}.1"].until)
        self.assertEqual(history.backends[f"{R2}.1"].until, LATER)
        self.assertEqual(states(history), {R1: "good", R2: "rolled-back"})

    def test_fall_back(self) -> None:
        records = [
            *deployed(R1),
            *deployed(R2)[:6],
            {"step": "fall-back", "why": "no confirm"},
            {"step": "mark", "release": R2, "state": "failed"},
            {"step": "drain", "backend": f"{R2}.1", "until": LATER},
        ]
        history = fold(records)
        self.assertEqual(roles(history), {f"{R1}.1": "active", f"{R2}.1": "draining"})
        self.assertEqual(history.backends[f"{R2}.1"].until, LATER)
        self.assertEqual(states(history), {R1: "good", R2: "failed"})
        ended = fold([*records, {"step": "stop", "backend": f"{R2}.1"}, {"step": "end"}])
        self.assertEqual(roles(ended), {f"{R1}.1": "active", f"{R2}.1": "stopping"})

    def test_revive(self) -> None:
        history = fold(
            [
                *deployed(R1),
                {"step": "stopped", "backend": f"{R1}.1"},
                {"step": "start", "backend": f"{R1}.2", "dotenv": None},
                {"step": "active", "backend": f"{R1}.2"},
            ]
        )
        self.assertEqual(roles(history), {f"{R1}.1": "stopped", f"{R1}.2": "active"})
        active = history.backend_of(R1, "active")
        assert active is not None
        self.assertEqual((active.name, active.release), (f"{R1}.2", R1))

    def test_one_backend_relieves_another_in_one_record(self) -> None:
        until = "2026-01-01T00:01:00.000Z"
        history = fold(
            [
                *deployed(R1),
                {"step": "start", "backend": f"{R1}.2", "dotenv": None},
                {"step": "active", "backend": f"{R1}.2", "relieves": f"{R1}.1", "until": until},
            ]
        )
        self.assertEqual(roles(history), {f"{R1}.1": "draining", f"{R1}.2": "active"})
        self.assertEqual([backend.until for backend in history.backends.values()], [until, None])

    def test_end_of_standby(self) -> None:
        records = [*deployed(R1), *deployed(R2, standby=f"{R1}.1")]
        for step, role in (("drain", "draining"), ("stop", "stopping"), ("stopped", "stopped")):
            records.append({"step": step, "backend": f"{R1}.1"})
            self.assertEqual(roles(fold(records)), {f"{R1}.1": role, f"{R2}.1": "active"})

    def test_backends_by_role_oldest_first(self) -> None:
        history = fold([*deployed(R1), *deployed(R2, standby=f"{R1}.1"), *deployed(R3, standby=f"{R2}.1")])
        self.assertEqual([b.name for b in history.backend_in("standby")], [f"{R1}.1", f"{R2}.1"])
        self.assertEqual([b.name for b in history.backend_in("active", "standby")][-1], f"{R3}.1")
        self.assertIsNone(history.backend_of(R1, "active"))

    def test_dotenv_as_the_backend_found_it(self) -> None:
        self.assertEqual(fold(deployed(R1)).backends[f"{R1}.1"].dotenv, [1, 2, 3, 4])

    def test_records_of_unknown_backends_and_releases_do_no_harm(self) -> None:
        strays = [{"step": "stop", "backend": "x.1"}, {"step": "mark", "release": "x", "state": "good"}]
        self.assertEqual(fold(strays), History())


class OtherProcesses(unittest.TestCase):
    """Backends of workers and singletons, beside those of web and in their count."""

    START: ClassVar[dict[str, Any]] = {"step": "start", "format": 2, "process": "worker", "stop": 600.0}

    def test_a_worker_is_none_of_webs_backends(self) -> None:
        records = deployed(R1)
        records.insert(4, {**self.START, "backend": f"{R1}.2"})
        unfinished = fold(records[:5]).unfinished
        assert unfinished is not None
        self.assertEqual(unfinished.started, [f"{R1}.1"])
        history = fold(records)
        self.assertEqual(history.next_backend(R1), f"{R1}.3")
        self.assertEqual([backend.name for backend in history.backend_in("starting", "active")], [f"{R1}.1"])
        self.assertIsNone(history.backend_of(R1, "starting"))
        self.assertEqual([backend.name for backend in history.others()], [f"{R1}.2"])
        self.assertEqual([backend.name for backend in history.standing()], [f"{R1}.1", f"{R1}.2"])

    def test_its_life(self) -> None:
        records = [*deployed(R1), {**self.START, "backend": f"{R1}.2", "singleton": True}]
        (worker,) = fold(records).others()
        self.assertEqual(
            (worker.process, worker.role, worker.singleton, worker.stop, worker.at),
            ("worker", "starting", True, 600, UNTIL),
        )
        known = {"backend": f"{R1}.2", "process": "worker"}
        for step, role in (("active", "active"), ("stop", "stopping")):
            records.append({"step": step, **known, "until": LATER})
            self.assertEqual([backend.role for backend in fold(records).others()], [role])
        self.assertEqual([backend.until for backend in fold(records).others()], [LATER])
        history = fold([*records, {"step": "stopped", **known, "failed": True}])
        self.assertEqual(history.others(), [])
        self.assertTrue(history.backends[f"{R1}.2"].failed)

    def test_a_stop_by_hand_holds_until_it_is_started_or_another_release_is_live(self) -> None:
        known = {"backend": f"{R1}.2", "process": "worker"}
        records = [*deployed(R1), {**self.START, "backend": f"{R1}.2"}, {"step": "active", **known}]
        self.assertEqual(fold(records).resting, set())
        records += [{"step": "stop", **known, "asked": True}, {"step": "stopped", **known}]
        history = fold(records)
        self.assertEqual((history.resting, history.halted), ({"worker"}, None))
        self.assertEqual(fold([*records, {"step": "active", **known}]).resting, set())
        self.assertEqual(fold([*records, *deployed(R2)]).resting, set())
        woken = fold([*records, {"step": "stopped", **known, "asked": False}])
        self.assertEqual((woken.resting, woken.others()), (set(), []))

    def test_the_start_of_a_worker_says_nothing_of_a_web_that_was_stopped(self) -> None:
        records = [*deployed(R1), {"step": "stop", "backend": f"{R1}.1", "asked": True}]
        worker = {"step": "active", "backend": f"{R1}.2", "process": "worker"}
        self.assertIsNotNone(fold([*records, worker]).halted)

"""Watching a backend from its first good answer to the confirm (invariant 3), with a manager told what to say."""

from __future__ import annotations

import subprocess
import unittest
from dataclasses import replace

from graceful.check.health import Watch
from graceful.errors import StepFailure

from .support import R1
from .test_health import UP, Told


class Watched(unittest.TestCase):
    def test_the_same_process_all_the_time(self) -> None:
        watch = Watch(Told(UP), f"{R1}.1")
        watch.pin()
        self.assertEqual(watch.look(), UP)

    def test_died(self) -> None:
        watch = Watch(Told(replace(UP, up=False, detail="failed (exit-code)")), f"{R1}.1")
        with self.assertRaises(StepFailure) as caught:
            watch.look()
        self.assertEqual(caught.exception.what, "the new backend died: failed (exit-code)")

    def test_a_companion_died(self) -> None:
        watch = Watch(Told(UP), f"{R1}.1")
        watch.companions = [
            Watch(Told(replace(UP, up=False, detail="failed (exit-code)")), f"{R1}.2", "worker")
        ]
        with self.assertRaises(StepFailure) as caught:
            watch.look()
        self.assertEqual(caught.exception.what, "the new worker died: failed (exit-code)")

    def test_a_glance_asks_the_manager_when_the_process_is_another(self) -> None:
        died = replace(UP, up=False, detail="failed (exit-code)")
        with subprocess.Popen(["sleep", "60"]) as process:
            watch = Watch(Told(replace(UP, pid=process.pid), died), f"{R1}.1")
            self.assertEqual(watch.glance().pid, process.pid)
            self.assertTrue(watch.glance().up)
            process.kill()
            process.wait()
            with self.assertRaises(StepFailure):
                watch.glance()

    def test_a_glance_is_for_one_process_alone(self) -> None:
        with subprocess.Popen(["sleep", "60"]) as process:
            watch = Watch(Told(replace(UP, pid=process.pid)), f"{R1}.1")
            watch.look()
            watch.companions = [Watch(Told(replace(UP, up=False)), f"{R1}.2", "worker")]
            with self.assertRaises(StepFailure):
                watch.glance()
            process.kill()

    def test_restarted_since_its_first_answer(self) -> None:
        watch = Watch(Told(UP, UP, replace(UP, incarnation="inv/1/8")), f"{R1}.1")
        watch.look()
        watch.pin()
        with self.assertRaises(StepFailure):
            watch.look()

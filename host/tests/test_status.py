"""What is told of the site comes from a look."""

from __future__ import annotations

import json
from unittest import mock

from graceful.operation.asked import Asked
from graceful.operation.by_hand import Which, run_stop
from graceful.operation.keepalive import run_keepalive
from graceful.operation.maintain import run_clean, run_delete
from graceful.report.missing import missing, unwritable
from graceful.report.status import status
from graceful.report.text import status_text

from .plain_site import load_tests
from .support import R4
from .upkeep_site import ASKED, Upkeep

__all__ = ["load_tests"]


class Told(Upkeep):
    def test_what_serves_and_what_does_not(self) -> None:
        def told() -> str:
            return str(run_delete(self.context(), R4, ASKED)["message"])

        self.assertIn(f"{R4} serves on, untouched.", told())
        self.lose(R4)
        self.assertIn(f"{R4} is live, and no backend of it listens now: visitors get errors.", told())
        run_stop(self.context(), Which(), Asked({}, 5, force=True))
        self.assertIn("and stays so until `start`.", told())

    def test_what_the_site_lacks(self) -> None:
        self.assertEqual((missing(self.context()), unwritable(self.context())), ({}, []))
        manifest = self.paths.release(R4).manifest
        told = json.loads(manifest.read_text())
        told["processes"]["worker"] = {"argv": ["{python}"], "singleton": False, "stopMs": 1000}
        manifest.chmod(0o644)
        manifest.write_text(json.dumps(told))
        self.assertEqual(missing(self.context()), {"worker": "it does not run; the timer starts it"})
        journal = self.context().journal
        journal.write("start", backend=f"{R4}.2", process="worker", dotenv=None)
        self.assertEqual(missing(self.context()), {})
        journal.write("stopped", backend=f"{R4}.2", process="worker", failed=True)
        self.assertIn("it did not stay up", missing(self.context())["worker"])
        journal.write("stop", backend=f"{R4}.2", process="worker", asked=True)
        self.assertEqual(missing(self.context()), {"worker": "stopped by hand, until `start`"})
        words = status_text(status(self.context()))
        self.assertIn("  missing           worker: stopped by hand, until `start`\n", words)
        with mock.patch("graceful.report.missing.os.access", return_value=False):
            self.assertIn("nothing can be changed or recovered", unwritable(self.context())[0])

    def test_a_live_release_without_its_description(self) -> None:
        self.paths.release(R4).manifest.unlink()
        for ended in (run_clean(self.context(), None, ASKED), run_keepalive(self.context(), ASKED)):
            self.assertEqual((ended["result"], ended["release"]), ("failed", R4))
            self.assertTrue(ended["message"].endswith(f"{R4} serves on, untouched."), ended["message"])
            self.assertIn(f"Bring {self.paths.release(R4).manifest} back", ended["failure"]["next"])

    def test_a_check_leaves_its_word(self) -> None:
        (told,) = [one for one in status(self.context())["backends"] if one["role"] == "active"]
        self.assertEqual((told["health"]["good"], told["listening"]), (True, True))
        self.assertGreater(told["memoryBytes"], 1_000_000)
        self.paths.health.write_text("damaged")
        (told,) = [one for one in status(self.context())["backends"] if one["role"] == "active"]
        self.assertIsNone(told["health"])
        self.assertEqual(json.loads(json.dumps(told))["process"], "web")

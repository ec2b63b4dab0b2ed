"""Going offline and online: what it leaves, also where it is cut off."""

from __future__ import annotations

import errno
from contextlib import ExitStack
from unittest import mock

from graceful.operation.asked import Asked
from graceful.operation.by_hand import Which, run_start, run_stop
from graceful.operation.maintain import run_offline, run_online, run_recover
from graceful.operation.tick import tick
from graceful.report.status import status

from .plain_site import load_tests
from .upkeep_site import ASKED, Killed, Upkeep

__all__ = ["load_tests"]


class Offline(Upkeep):
    def test_the_page_and_the_status_say_why(self) -> None:
        self.assertEqual(run_offline(self.context(), "at 15:00", ASKED)["result"], "done")
        page = self.paths.offline.read_text()
        self.assertIn("Moving &lt;house&gt;", page)
        self.assertIn("at 15:00", page)
        told = status(self.context())["offline"]
        self.assertEqual(
            (told["actor"], told["reason"], told["until"]), ("ada", "Moving <house>", "at 15:00")
        )
        self.assertTrue(
            run_online(self.context(), ASKED)["message"].startswith("Visitors get the site again; ")
        )
        self.assertFalse(self.paths.offline.exists())
        self.assertIsNone(status(self.context())["offline"])
        self.assertEqual(run_online(self.context(), ASKED)["message"], "The site was not offline.")

    def test_killed_before_its_act_it_is_finished_from_the_journal(self) -> None:
        with (
            mock.patch("graceful.operation.maintain.go_offline", side_effect=Killed),
            self.assertRaises(Killed),
        ):
            run_offline(self.context(), "", ASKED)
        self.assertFalse(self.paths.offline.exists())
        self.assertIn("finished from the journal", run_recover(self.context(), ASKED)["message"])
        self.assertTrue(self.paths.offline.exists())
        with (
            mock.patch("graceful.operation.maintain.go_online", side_effect=Killed),
            self.assertRaises(Killed),
        ):
            run_online(self.context(), ASKED)
        self.assertTrue(self.paths.offline.exists())
        run_recover(self.context(), ASKED)
        self.assertFalse(self.paths.offline.exists())

    def test_one_that_failed_is_undone_and_never_comes_later(self) -> None:
        full = OSError(errno.ENOSPC, "No space left on device")
        context = self.context()
        with mock.patch("graceful.site.maintenance.sync_file", side_effect=full):
            ended = run_offline(context, "", ASKED)
        self.assertEqual((ended["result"], self.steps(context.name)), ("failed", []))
        for after in ("", "graceful.operation.run.end"):
            context = self.context()
            with ExitStack() as stack:
                stack.enter_context(mock.patch("graceful.operation.maintain.go_offline", side_effect=full))
                if after:
                    stack.enter_context(mock.patch(after, side_effect=full))
                    stack.enter_context(self.assertRaises(OSError))
                ended = run_offline(context, "", ASKED)
            self.assertEqual(self.unfinished() is not None, bool(after))
            self.assertEqual(ended["result"], "failed")
            tick(self.context())
            self.assertIsNone(self.unfinished())
            self.assertEqual(self.history().ends[context.name]["result"], "failed")
            self.assertFalse(self.paths.offline.exists())
            self.assertIsNone(self.history().offline)
        self.assertEqual([path.name for path in self.paths.root.glob(".offline*")], [])

    def test_online_while_stopped_would_give_visitors_errors(self) -> None:
        run_offline(self.context(), "", ASKED)
        run_stop(self.context(), Which(), Asked({}, 5, force=True))
        ended = run_online(self.context(), ASKED)
        self.assertEqual((ended["result"], self.paths.offline.exists()), ("failed", True))
        self.assertIn("visitors would get errors: the live release was stopped at ", ended["message"])
        self.assertEqual(run_start(self.context(), Which(), ASKED)["result"], "done")
        self.assertEqual(run_online(self.context(), ASKED)["result"], "done")
        self.assertFalse(self.paths.offline.exists())

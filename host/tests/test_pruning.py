"""Deleting and cleaning: what they leave, also where they are cut off."""

from __future__ import annotations

import errno
import os
import threading
from unittest import mock

from graceful.errors import GracefulError
from graceful.journal.keeping import PRUNED
from graceful.operation.going import run_rollback
from graceful.operation.maintain import run_clean, run_delete, run_recover
from graceful.operation.manage import manage
from graceful.operation.prune import prune_in_time
from graceful.report.releases import releases
from graceful.report.status import status
from graceful.store.lock import StoreHold

from .plain_site import load_tests
from .support import R1, R2, R3, R4
from .upkeep_site import ASKED, Killed, Upkeep

__all__ = ["load_tests"]


class Delete(Upkeep):
    def test_removes_one_and_journals_it_first(self) -> None:
        context = self.context()
        ended = run_delete(context, R2, ASKED)
        self.assertEqual((ended["result"], ended["release"]), ("done", R4))
        self.assertEqual(self.there(), [R1, R3, R4])
        self.assertEqual(self.steps(context.name), ["begin", "mark", "end"])
        self.assertEqual(self.history().releases[R2].state, PRUNED)
        self.assertEqual([told["id"] for told in releases(context)["releases"]], [R4, R3, R1])
        self.assertNotIn(R2, [told["id"] for told in status(context)["releases"]])

    def test_refuses_what_is_in_use_or_not_there(self) -> None:
        for release, words in ((R4, "is in use"), ("20200101T000000Z-0000000", "is not on this host")):
            context = self.context()
            ended = run_delete(context, release, ASKED)
            self.assertEqual(ended["result"], "failed")
            self.assertIn(words, ended["message"])
            self.assertEqual(self.steps(context.name), [])
        with self.assertRaises(GracefulError):
            self.paths.release("../../etc")

    def test_a_release_in_which_a_command_runs_stays(self) -> None:
        fifo = self.paths.root / "fifo"
        os.mkfifo(fifo)
        ended: list[int] = []

        def command(_: list[str]) -> int:
            with fifo.open() as waiting:
                return len(waiting.read())

        thread = threading.Thread(target=lambda: ended.append(manage(self.context(), R2, [], command)))
        thread.start()
        with fifo.open("w"):
            told = run_delete(self.context(), R2, ASKED)
            self.assertIn("in use: a management command runs in it", told["message"])
            run_clean(self.context(), 1, ASKED)
            self.assertEqual(self.there(), [R2, R4])
        thread.join()
        self.assertEqual(ended, [0])
        self.assertTrue(prune_in_time(self.context()))
        self.assertEqual(self.there(), [R4])

    def test_cut_off_before_it_removed_anything_it_failed(self) -> None:
        context = self.context()
        with (
            mock.patch("graceful.operation.maintain.prune", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            run_delete(context, R2, ASKED)
        run_recover(self.context(), ASKED)
        self.assertEqual(self.context().history().ends[context.name]["result"], "failed")
        self.assertIn(R2, self.there())

    def test_a_command_that_begins_meanwhile_keeps_it(self) -> None:
        with mock.patch("graceful.operation.maintain.prune", return_value=[]):
            ended = run_delete(self.context(), R2, ASKED)
        self.assertEqual(
            (ended["result"], ended["failure"]["what"]),
            ("failed", f"a management command runs in {R2}, or verify reads it"),
        )

    def test_no_command_runs_in_a_release_that_is_gone(self) -> None:
        run_delete(self.context(), R2, ASKED)
        for named in (R2, "20200101T000000Z-0000000"):
            with self.assertRaisesRegex(GracefulError, "is not on this host"):
                manage(self.context(), named, [], len)

    def test_a_rollback_to_what_was_pruned_says_so(self) -> None:
        run_delete(self.context(), R2, ASKED)
        ended = run_rollback(self.context(), R2, ASKED)
        self.assertEqual(ended["result"], "failed")
        self.assertIn(f"release {R2} is no longer on this host: it was removed at ", ended["message"])
        self.assertIn("(deleted by name)", ended["message"])
        self.assertIn(f"Deploy its commit {R2[-7:]} again", ended["failure"]["next"])


class Clean(Upkeep):
    def test_by_configuration_and_by_number(self) -> None:
        ended = run_clean(self.context(), 2, ASKED)
        self.assertEqual((ended["result"], self.there()), ("done", [R3, R4]))
        ended = run_clean(self.context(), None, ASKED)
        self.assertEqual((ended["result"], self.there()), ("done", [R4]))
        ended = run_clean(self.context(), None, ASKED)
        self.assertIn("no release was too many", ended["message"])

    def test_the_timer_does_it_by_itself_and_journals_only_what_it_does(self) -> None:
        context = self.context()
        with context.lock("tick", {}, 1):
            self.assertTrue(prune_in_time(context))
        self.assertEqual(self.there(), [R4])
        self.assertEqual(self.steps(context.name), ["begin", "mark", "mark", "mark", "end"])
        with context.lock("tick", {}, 1):
            self.assertFalse(prune_in_time(context))
        self.assertEqual(len(self.steps(context.name)), 5)

    def test_killed_on_the_way_it_is_finished_as_far_as_the_journal_says(self) -> None:
        with (
            mock.patch("graceful.operation.prune.remove_release", side_effect=[None, Killed]),
            self.assertRaises(Killed),
        ):
            run_clean(self.context(), None, ASKED)
        # The first was journalled and not removed, the second too: the third was not begun.
        self.assertEqual(self.there(), [R1, R2, R3, R4])
        ended = run_recover(self.context(), ASKED)
        self.assertEqual((ended["result"], self.there()), ("done", [R3, R4]))
        self.assertIn("2 of 3 releases are removed", ended["message"])
        self.assertIsNone(self.unfinished())
        self.assertEqual(self.current(), R4)
        self.assertEqual(self.visit(), f"{R4}.1")

    def test_on_a_full_disk_it_makes_room_and_keeps_the_assets_of_what_goes(self) -> None:
        full = OSError(errno.ENOSPC, "No space left on device")
        asset = self.paths.assets / "a.1.css"
        self.paths.assets.mkdir()
        asset.touch()
        self.context().journal.write("switch", old={"release": R3}, new={"release": R4})
        with mock.patch("graceful.release.pruning._write", side_effect=full):
            ended = run_clean(self.context(), None, ASKED)
        self.assertEqual((ended["result"], self.there()), ("done", [R4]))
        self.assertTrue(asset.exists())

    def test_while_a_deploy_sends_the_store_is_left_alone(self) -> None:
        hold = StoreHold(self.paths.store_lock)
        self.addCleanup(hold.release)
        with mock.patch("graceful.operation.maintain.PATIENCE", 0):
            ended = run_clean(self.context(), None, ASKED)
        self.assertEqual((ended["result"], self.there()), ("done", [R4]))
        self.assertIn("In the store: in use by a deploy", ended["message"])

"""Deleting, cleaning, going offline: what they leave, also where they are cut off."""

from __future__ import annotations

import errno
import json
import os
import threading
from contextlib import ExitStack
from unittest import mock

from graceful.errors import GracefulError
from graceful.journal.history import Unfinished
from graceful.journal.journal import Journal
from graceful.journal.keeping import PRUNED
from graceful.operation.asked import Asked
from graceful.operation.by_hand import Which, run_start, run_stop
from graceful.operation.going import run_rollback
from graceful.operation.keepalive import keep_unrecovered, run_keepalive
from graceful.operation.maintain import run_clean, run_delete, run_offline, run_online, run_recover
from graceful.operation.manage import manage
from graceful.operation.prune import prune_in_time
from graceful.operation.tick import tick
from graceful.report.missing import missing, unwritable
from graceful.report.releases import releases
from graceful.report.status import status
from graceful.report.text import status_text
from graceful.store.lock import StoreHold

from .plain_site import PlainSite, load_tests
from .support import R1, R2, R3, R4

__all__ = ["load_tests"]

ASKED = Asked({"actor": "ada", "reason": "Moving <house>"}, 5)


class Killed(BaseException):
    """What a SIGKILL is to the code: nothing runs after it."""


class Upkeep(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        for release in (R1, R2, R3, R4):
            self.staged(release, keep={"releases": 1, "failed": 0})
        self.put_live(R4)
        # Only now, so that no link names them.
        for release in (R1, R2, R3):
            self.context().journal.write("mark", release=release, state="good")

    def there(self) -> list[str]:
        return sorted(path.name for path in self.paths.releases.iterdir())

    def unfinished(self) -> Unfinished | None:
        return self.history().unfinished


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


class Full(Upkeep):
    """A recovery that fails, as on a full disk, is no reason to leave visitors without a backend."""

    def setUp(self) -> None:
        super().setUp()
        self.context().journal.write("begin", kind="online", origin={})
        self.full = OSError(errno.ENOSPC, "No space left on device")
        self.lose(R4)

    def test_the_timer_keeps_the_site_up_whatever_the_recovery_says(self) -> None:
        failing = mock.patch("graceful.operation.upkeep.go_online", side_effect=self.full)
        with failing, self.assertRaisesRegex(GracefulError, "cannot be written"):
            tick(self.context())
        self.assertEqual(self.visit(), f"{R4}.2")
        self.assertIsNotNone(self.unfinished())

    def test_and_so_does_keepalive(self) -> None:
        with mock.patch("graceful.operation.upkeep.go_online", side_effect=self.full):
            ended = run_keepalive(self.context(), ASKED)
        self.assertEqual((ended["result"], self.visit()), ("failed", f"{R4}.2"))

    def test_but_which_release_serves_after_a_switch_is_the_recoverys_to_say(self) -> None:
        context = self.context()
        context.journal.write("begin", kind="rollback", release=R3, old=R4, old_backend=f"{R4}.1", origin={})
        context.journal.write("switch", old={"release": R4}, new={"release": R3, "backend": f"{R3}.1"})
        keep_unrecovered(context)
        self.assertEqual(self.visit(), "502")

    def test_clean_makes_room_for_the_journal_itself(self) -> None:
        made: list[bool] = []
        write = Journal._append

        def append(journal: Journal, line: bytes) -> None:
            if not made:
                raise self.full
            write(journal, line)

        def clean(*_: object) -> str:
            made.append(True)
            return "nothing"

        with (
            mock.patch.object(Journal, "_append", append),
            mock.patch.object(Journal, "reserve", side_effect=self.full),
            mock.patch("graceful.operation.prune.clean_store", clean),
        ):
            self.paths.reserve.unlink(missing_ok=True)
            ended = run_clean(self.context(), None, ASKED)
        self.assertEqual((ended["result"], self.there()), ("done", [R4]))


class Refused(Upkeep):
    """What is told of the site comes from a look."""

    def test_what_serves_and_what_does_not(self) -> None:
        def told() -> str:
            return str(run_delete(self.context(), R4, ASKED)["message"])

        self.assertIn(f"{R4} serves on, untouched.", told())
        self.lose(R4)
        self.assertIn(f"{R4} is live, and no backend of it listens now: visitors get errors.", told())
        run_stop(self.context(), Which(), Asked({}, 5, force=True))
        self.assertIn("and stays so until `start`.", told())

    def test_online_while_stopped_would_give_visitors_errors(self) -> None:
        run_offline(self.context(), "", ASKED)
        run_stop(self.context(), Which(), Asked({}, 5, force=True))
        ended = run_online(self.context(), ASKED)
        self.assertEqual((ended["result"], self.paths.offline.exists()), ("failed", True))
        self.assertIn("visitors would get errors: the live release was stopped at ", ended["message"])
        self.assertEqual(run_start(self.context(), Which(), ASKED)["result"], "done")
        self.assertEqual(run_online(self.context(), ASKED)["result"], "done")
        self.assertFalse(self.paths.offline.exists())

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


class Health(Upkeep):
    def test_a_check_leaves_its_word(self) -> None:
        (told,) = [one for one in status(self.context())["backends"] if one["role"] == "active"]
        self.assertEqual((told["health"]["good"], told["listening"]), (True, True))
        self.assertGreater(told["memoryBytes"], 1_000_000)
        self.paths.health.write_text("damaged")
        (told,) = [one for one in status(self.context())["backends"] if one["role"] == "active"]
        self.assertIsNone(told["health"])
        self.assertEqual(json.loads(json.dumps(told))["process"], "web")

"""A recovery that fails, as on a full disk, is no reason to leave visitors without a backend."""

from __future__ import annotations

import errno
from unittest import mock

from graceful.errors import GracefulError
from graceful.journal.journal import Journal
from graceful.operation.keepalive import keep_unrecovered, run_keepalive
from graceful.operation.maintain import run_clean
from graceful.operation.tick import tick

from .plain_site import load_tests
from .support import R3, R4
from .upkeep_site import ASKED, Upkeep

__all__ = ["load_tests"]


class FullDisk(Upkeep):
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

"""Which processes have a log."""

from __future__ import annotations

from time import time
from unittest import TestCase

from graceful.errors import GracefulError
from graceful.operation.logs import ALL_LINES, LINES, Wanted, reading, wanted

from .plain_site import PlainSite
from .plain_site import load_tests as load_tests
from .support import R1


class Which(TestCase):
    def test_without_more_the_last_lines(self) -> None:
        self.assertEqual(wanted("web", None, None, False), Wanted("web", None, None, False, LINES))

    def test_what_is_looked_for_may_stand_in_any_line(self) -> None:
        self.assertEqual(wanted("web", None, "x", False), Wanted("web", 0.0, "x", False, ALL_LINES))

    def test_no_time_is_before_all_time(self) -> None:
        self.assertEqual(
            wanted("web", 99999 * 86400.0, None, False), Wanted("web", 0.0, None, False, ALL_LINES)
        )
        since = wanted("web", 60.0, "x", True).since
        assert since is not None
        self.assertAlmostEqual(since, time() - 60, delta=30)


class Logs(PlainSite):
    def read(self, process: str) -> None:
        with reading(self.context(), Wanted(process, None, None, False, 10)) as child:
            child.wait()

    def test_one_that_the_site_does_not_list_and_that_was_started(self) -> None:
        with self.assertRaises(GracefulError) as caught:
            self.read("worker")
        self.assertEqual(caught.exception.next_step, "Processes: web.")
        self.context().journal.write("start", backend=f"{R1}.1", process="worker")
        self.read("worker")
        with self.assertRaises(GracefulError) as caught:
            self.read("beat")
        self.assertEqual(caught.exception.next_step, "Processes: web, worker.")

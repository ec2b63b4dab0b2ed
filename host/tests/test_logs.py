"""Which processes have a log."""

from __future__ import annotations

from graceful.errors import GracefulError
from graceful.operation.logs import Wanted, reading

from .plain_site import PlainSite
from .plain_site import load_tests as load_tests
from .support import R1


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

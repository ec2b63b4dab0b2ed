"""Keepalive on a site of plain processes: liveness, back-off, what it honours, and switching away."""

from __future__ import annotations

import json
import threading
import time
from typing import Any
from unittest import mock

from graceful.operation.backend import link_socket
from graceful.operation.context import moment
from graceful.operation.keepalive import run_keepalive
from graceful.operation.maintain import run_online
from graceful.operation.patience import Patience
from graceful.operation.tick import GLANCE, tick

from .plain_site import ASKED, PlainSite
from .plain_site import load_tests as load_tests
from .support import R1, R2, R3


class Keepalive(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        self.staged(R1)
        self.staged(R2, keepalive=self.keepalive)
        self.put_live(R1, R2)

    keepalive = "restart"

    def keep(self) -> dict[str, Any]:
        return run_keepalive(self.context(), ASKED)

    def wait_out(self) -> None:
        """The pause between two tries is over."""
        path = self.paths.operations / "keepalive"
        kept = json.loads(path.read_text())
        path.write_text(json.dumps({**kept, "until": moment()}))


class Liveness(Keepalive):
    def test_an_unhealthy_one_is_left_alone(self) -> None:
        self.how(R2, status=503)
        for _ in range(5):
            ended = self.keep()
            self.assertEqual((ended["result"], ended["message"]), ("done", f"{R2}.1 is up"))
        self.assertEqual(self.active(R2), f"{R2}.1")

    def test_a_dead_one_is_started_again(self) -> None:
        self.lose(R2)
        ended = self.keep()
        self.assertEqual(ended["result"], "done", ended)
        self.assertEqual(self.visit(), f"{R2}.2")

    def test_it_backs_off(self) -> None:
        self.how(R2, start="broken")
        self.lose(R2)
        self.assertEqual(self.keep()["result"], "failed")
        tried = len(self.manager.processes)
        pauses = []
        for _ in range(4):
            ended = self.keep()
            self.assertIn("next try at", ended["message"])
            self.assertEqual(len(self.manager.processes), tried)
            pauses.append(Patience.of(self.context()).tries)
            self.wait_out()
            self.keep()
            tried += 1
            self.assertEqual(len(self.manager.processes), tried)
        self.assertEqual(pauses, [1, 2, 3, 4])
        self.how(R2)
        self.wait_out()
        self.assertEqual(self.keep()["result"], "done")
        self.assertFalse((self.paths.operations / "keepalive").exists())

    def test_a_try_whose_process_is_killed_is_made_up_for_at_once(self) -> None:
        self.lose(R2)
        killed = mock.patch.object(self.manager, "start", side_effect=KeyboardInterrupt)
        with killed, self.assertRaises(KeyboardInterrupt):
            tick(self.context())
        tick(self.context())
        self.assertEqual((self.visit(), self.active(R2)), (f"{R2}.3", f"{R2}.3"))
        self.assertFalse((self.paths.operations / "keepalive").exists())

    def test_after_a_boot_it_tries_at_once(self) -> None:
        self.how(R2, start="broken")
        self.lose(R2)
        self.keep()
        path = self.paths.operations / "keepalive"
        path.write_text(json.dumps({**json.loads(path.read_text()), "boot": "the one before"}))
        self.how(R2)
        tick(self.context())
        self.assertEqual(self.visit()[:-2], R2)

    def test_a_clock_that_was_set_back_prolongs_no_pause(self) -> None:
        self.how(R2, start="broken")
        self.lose(R2)
        with mock.patch("graceful.operation.patience.moment", lambda after=0: moment(7200 + after)):
            self.assertEqual(self.keep()["result"], "failed")
            self.assertIn("next try at", self.keep()["message"])
        self.how(R2)
        self.assertEqual(self.keep()["result"], "done")

    def test_a_link_that_was_put_at_one_that_never_took_over_is_put_back(self) -> None:
        link_socket(self.paths, f"{R2}.9")
        self.assertEqual(self.visit(), "502")
        tick(self.context())
        self.assertEqual(self.visit(), f"{R2}.1")

    def test_the_maintenance_page_is_honoured(self) -> None:
        self.keep()
        self.paths.offline.touch()
        self.lose(R2)
        self.assertIn("offline", self.keep()["message"])
        self.assertEqual(self.running(), [f"{R1}.1"])
        self.paths.offline.unlink()
        self.keep()
        self.assertEqual(self.visit(), f"{R2}.2")

    def test_after_a_boot_it_waits_for_whoever_recovers_first(self) -> None:
        """A runner that comes back before the web server is up has the site recovered; visitors must not come before it is."""
        tick(self.context())
        self.lose(R2)
        with self.context().lock("recover", {}, 0):
            tick(self.context())
        self.assertEqual(self.visit(), "502")
        (self.paths.operations / "boot").write_text("the one before")
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with self.context().lock("recover", {}, 0):
                held.set()
                time.sleep(2 * GLANCE)
                done.set()

        thread = threading.Thread(target=hold)
        thread.start()
        self.addCleanup(thread.join)
        held.wait()
        tick(self.context())
        self.assertTrue(done.is_set())
        self.assertEqual(self.visit(), f"{R2}.2")

    def test_what_a_boot_has_ended_comes_back_behind_the_maintenance_page_too(self) -> None:
        self.keep()
        self.paths.offline.touch()
        self.lose(R2)
        (self.paths.operations / "boot").write_text("the one before")
        tick(self.context())
        self.assertTrue(self.ask(f"{R2}.2"))
        self.assertTrue(self.paths.offline.exists())
        self.lose(R2)
        tick(self.context())
        self.assertEqual(self.running(), [f"{R1}.1"])

    def test_what_a_boot_has_ended_is_tried_until_it_is_up_also_behind_the_maintenance_page(self) -> None:
        self.keep()
        self.paths.offline.touch()
        self.lose(R2)
        (self.paths.operations / "boot").write_text("the one before")
        killed = mock.patch.object(self.manager, "start", side_effect=KeyboardInterrupt)
        with killed, self.assertRaises(KeyboardInterrupt):
            tick(self.context())
        self.how(R2, start="broken")
        tick(self.context())
        self.assertIn("next try at", self.tell.words())
        self.how(R2)
        self.wait_out()
        tick(self.context())
        self.assertTrue(self.ask(self.active(R2)))
        self.lose(R2)
        self.assertIn("offline", self.keep()["message"])

    def test_what_died_behind_the_maintenance_page_is_up_before_that_goes(self) -> None:
        self.keep()
        self.paths.offline.touch()
        self.lose(R2)
        self.tell.emit = self.still_offline  # type: ignore[method-assign]
        ended = run_online(self.context(), ASKED)
        self.assertEqual(ended["message"], f"Visitors get the site again; {R2} was down and is up again.")
        self.assertEqual((self.visit(), self.paths.offline.exists()), (f"{R2}.2", False))

    def still_offline(self, kind: str, **_: Any) -> None:
        self.assertTrue(self.paths.offline.exists(), kind)

    def test_without_a_release_there_is_nothing_to_do(self) -> None:
        self.paths.current.unlink()
        self.assertEqual(self.keep()["message"], "nothing is live yet")

    def test_it_does_not_switch_unless_told(self) -> None:
        self.how(R2, start="broken")
        self.lose(R2)
        self.assertEqual(self.keep()["release"], R2)
        self.assertEqual(self.visit(), "502")


class SwitchAway(Keepalive):
    keepalive = "switch"

    def setUp(self) -> None:
        super().setUp()
        self.how(R2, start="broken")

    def test_to_the_release_that_stands_by(self) -> None:
        self.lose(R2)
        ended = self.keep()
        self.assertEqual((ended["result"], ended["release"]), ("done", R1), ended)
        self.assertEqual(self.visit(), f"{R1}.1")
        self.assertEqual(self.history().releases[R2].state, "failed")
        self.assertEqual(
            self.links(), {"current": R1, "previous": None, "working": None, "previous-working": None}
        )
        self.assertIsNone(self.history().unfinished)

    def test_the_timer_does_so_too_and_starts_the_one_before(self) -> None:
        self.manager.processes[f"{R1}.1"].kill()
        self.manager.processes[f"{R1}.1"].wait()
        self.lose(R2)
        tick(self.context())
        self.assertEqual(self.visit(), f"{R1}.2")

    def test_one_that_comes_up_is_kept(self) -> None:
        self.how(R2)
        self.lose(R2)
        self.keep()
        self.assertEqual(self.visit(), f"{R2}.2")

    def test_nothing_comes_up_and_nothing_is_marked(self) -> None:
        self.manager.processes[f"{R1}.1"].kill()
        self.manager.processes[f"{R1}.1"].wait()
        self.how(R1, start="broken")
        self.lose(R2)
        self.assertEqual(self.keep()["result"], "failed")
        self.assertEqual(self.current(), R2)
        self.assertEqual([self.history().releases[one].state for one in (R1, R2)], ["good", "good"])
        self.how(R2)
        self.wait_out()
        self.keep()
        self.assertEqual(self.visit()[:-2], R2)

    def test_never_where_the_migrations_differ(self) -> None:
        self.staged(R3, ("orders.0002_note",), keepalive="switch")
        self.put_live(R3)
        self.how(R3, start="broken")
        self.lose(R3)
        ended = self.keep()
        self.assertEqual((ended["result"], ended["release"]), ("failed", R3), ended)
        self.assertIn("orders.0002_note", ended["message"])
        self.assertEqual(self.current(), R3)

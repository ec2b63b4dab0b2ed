"""Backends that a real supervisord runs."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from graceful.errors import StepFailure
from graceful.process.single_user import environment
from graceful.process.supervisord import STOPPING

from .supervisord_site import FIRST, ME, SupervisordCase, alive, wait_for
from .supervisord_site import load_tests as load_tests
from .support import R1


class Backends(SupervisordCase):
    def test_a_started_backend_is_up_by_a_process_of_its_own(self) -> None:
        pid = self.started()
        child = int(str(self.told("child")["pid"]))
        state = self.state()
        self.assertTrue(state.up and state.kept, state)
        self.assertFalse(state.failed or state.restarting, state)
        self.assertEqual(state.pid, pid)
        self.assertEqual(state.incarnation, self.state().incarnation)
        self.assertTrue(self.manager.owns(state, pid))
        self.assertTrue(self.manager.owns(state, child))
        self.assertFalse(self.manager.owns(state, os.getpid()))
        self.assertFalse(self.manager.owns(state, int(self.daemon.ask("getPID"))))

    def test_its_environment_is_made_for_it_alone(self) -> None:
        os.environ["SSH_CONNECTION"] = "198.51.100.1 22"
        self.addCleanup(os.environ.pop, "SSH_CONNECTION")
        self.started()
        told = self.told()
        wanted = {**environment(ME), "RUNTIME_DIRECTORY": str(self.folder())}
        # Python itself adds this one.
        found = {name: value for name, value in dict(told["environment"]).items() if name != "LC_CTYPE"}  # type: ignore[call-overload]
        self.assertEqual(found, wanted)
        self.assertEqual(told["argv"], [FIRST])
        self.assertEqual(told["cwd"], "/")
        self.assertEqual(told["umask"], 0o007)
        self.assertEqual(self.manager.logs("web", FIRST), ["serving"])

    def test_owners_and_modes(self) -> None:
        self.started()
        log = self.paths.log / f"{FIRST}.log"
        for path, mode in ((self.folder(), 0o750), (log, 0o640), (self.daemon.folder, 0o700)):
            self.assertEqual(path.stat().st_mode & 0o7777, mode, path)
        self.assertEqual(self.daemon.socket.stat().st_mode & 0o777, 0o600)

    def test_a_stopped_backend_leaves_nothing_after_the_next_sweep(self) -> None:
        pid = self.started()
        self.manager.stop("web", FIRST)
        self.assertFalse(self.state().up)
        wait_for("it has ended", lambda: not alive(pid))
        wait_for("supervisord has seen it", lambda: "STOPPED" in self.state().detail)
        self.manager.sweep([])
        self.assertFalse(self.folder().exists())
        self.assertEqual(list(self.daemon.folder.glob("*.ini")), [])
        self.assertEqual(self.daemon.ask("getAllProcessInfo"), [])
        self.assertEqual(self.manager.logs("web", FIRST), ["serving"])

    def test_what_stays_when_its_server_has_ended_is_swept_away(self) -> None:
        self.serve(stays=True)
        pid = self.started()
        child = int(str(self.told("child")["pid"]))
        self.manager.stop("web", FIRST)
        wait_for("it has ended", lambda: not alive(pid))
        wait_for("supervisord has seen it", lambda: "STOPPED" in self.state().detail)
        self.assertFalse(self.state().up)
        self.assertTrue(alive(child))
        self.manager.sweep([])
        self.assertFalse(alive(child))

    def test_a_sweep_leaves_what_is_wanted_or_still_ending(self) -> None:
        self.serve(term="signal.SIG_IGN")
        pid = self.started()
        self.manager.sweep([FIRST])
        self.manager.stop("web", FIRST)
        self.manager.sweep([])
        self.assertTrue(alive(pid))
        self.assertIn("STOPPING", self.state().detail)

    def test_a_killed_backend_is_gone_at_once_with_its_children(self) -> None:
        self.serve(term="signal.SIG_IGN")
        pid = self.started()
        child = int(str(self.told("child")["pid"]))
        self.manager.kill("web", FIRST)
        self.assertFalse(alive(pid) or alive(child))
        self.assertFalse(self.folder().exists())
        self.assertEqual(self.daemon.ask("getAllProcessInfo"), [])
        self.manager.kill("web", FIRST)

    def test_one_that_dies_is_started_again_and_is_not_the_same(self) -> None:
        pid = self.started()
        before = self.state().incarnation
        for name in ("told", "child"):
            (self.folder() / name).unlink()
        self.paths.backend_socket(FIRST).unlink()
        os.kill(pid, signal.SIGKILL)
        wait_for("its end shows", lambda: self.state().incarnation != before)
        self.assertNotEqual(int(str(self.told()["pid"])), pid)
        wait_for("it is up again", lambda: self.state().up)
        self.assertNotEqual(self.state().incarnation, before)

    def test_one_that_cannot_live_is_not_up(self) -> None:
        program = self.paths.release(R1).bin / "web"
        program.write_text("#!/bin/sh\necho no settings\nexit 3\n")
        # supervisord says so at once where it has ended by then.
        with suppress(StepFailure):
            self.manager.start("web", FIRST)
        wait_for("its end shows", lambda: self.state().restarting)
        self.assertFalse(self.state().up)
        wait_for("its log", lambda: "no settings" in self.manager.logs("web", FIRST))
        self.manager.kill("web", FIRST)
        self.assertEqual(self.daemon.ask("getAllProcessInfo"), [])

    def test_what_is_not_ours_is_left_alone(self) -> None:
        self.daemon.ensure()
        self.daemon.write("other.ini", "[program:other]\ncommand = /bin/sleep 3600\n")
        self.daemon.add("other")
        pid = int(self.daemon.ask("getProcessInfo", "other")["pid"])
        self.started()
        self.manager.kill("web", FIRST)
        self.manager.sweep([])
        self.assertEqual(int(self.daemon.ask("getProcessInfo", "other")["pid"]), pid)
        self.assertTrue(alive(pid))

    def test_an_unknown_backend_is_down(self) -> None:
        self.assertFalse(self.state().up)
        self.daemon.ensure()
        self.assertFalse(self.state().up)
        self.assertFalse(self.manager.owns(self.state(), os.getpid()))


class Orphans(SupervisordCase):
    """supervisord was killed, and what it had started was not."""

    def test_one_runs_on_and_is_found(self) -> None:
        pid = self.started()
        before = self.state()
        self.kill_supervisord()
        for _ in range(2):
            state = self.state()
            self.assertTrue(state.up, state)
            self.assertFalse(state.kept, state)
            self.assertEqual((state.pid, state.incarnation), (pid, before.incarnation))
            self.assertTrue(self.manager.owns(state, pid))
            # The second time under a new supervisord, which knows of the program and does not start it.
            self.daemon.ensure()

    def test_one_that_was_told_to_end_and_does_not_is_killed_when_its_time_is_over(self) -> None:
        self.serve(term="signal.SIG_IGN")
        pid = self.started()
        self.kill_supervisord()
        self.manager.stop("web", FIRST)
        self.manager.sweep([FIRST])
        self.assertTrue(alive(pid))
        os.utime(self.folder() / STOPPING, (0, 0))
        self.manager.sweep([FIRST])
        self.assertFalse(alive(pid))
        self.assertFalse(self.state().up)

    def test_one_ends_by_sigterm(self) -> None:
        pid = self.started()
        self.kill_supervisord()
        self.manager.stop("web", FIRST)
        wait_for("it has ended", lambda: not alive(pid))

    def test_one_that_does_not_listen_yet_is_found_too(self) -> None:
        program = self.paths.release(R1).bin / "web"
        program.write_text("#!/bin/sh\nexec /bin/sleep 3600\n")
        self.manager.start("web", FIRST)
        pid = self.state().pid
        self.kill_supervisord()
        self.assertEqual(self.state().pid, pid)
        self.manager.kill("web", FIRST)
        self.assertFalse(alive(pid))

    def test_a_sweep_ends_one_that_nobody_wants(self) -> None:
        pid = self.started()
        self.kill_supervisord()
        self.manager.sweep([])
        self.assertFalse(alive(pid))
        self.assertFalse(self.folder().exists())

"""A real supervisord, started and asked as on a host, with servers of a few lines as backends."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from graceful.errors import StepFailure
from graceful.process.manager import State
from graceful.process.proc import descends, look_up, processes_of
from graceful.process.single_user import environment
from graceful.process.supervisor_daemon import Daemon
from graceful.process.supervisord import STOPPING, Supervisord
from graceful.site.settings import Site

from .support import R1, SiteCase, release_json

#: A Python that has supervisord. These tests take long, so they are run with one of the Pythons that others are run with.
PYTHON = os.environ.get("GRACEFUL_TEST_SUPERVISOR")
ME = pwd.getpwuid(os.geteuid()).pw_name
FIRST, SECOND = f"{R1}.1", f"{R1}.2"

SERVER = """#!{python} -I
import json, os, signal, socket, sys, time
signal.signal(signal.SIGTERM, {term})
folder = os.environ["RUNTIME_DIRECTORY"]
told = {{"environment": dict(os.environ), "argv": sys.argv[1:], "cwd": os.getcwd(), "umask": os.umask(0)}}
os.umask(told["umask"])
print("serving", flush=True)
listener = socket.socket(socket.AF_UNIX)
listener.bind(os.path.join(folder, "http.sock"))
listener.listen(8)
parent = os.getpid()
child = os.fork()
with open(os.path.join(folder, "told" if child else "child"), "w") as file:
    json.dump({{**told, "pid": os.getpid()}}, file)
while {stays} or child or os.getppid() == parent:
    time.sleep(0.1)
"""


def wait_for(what: str, condition: Callable[[], object], patience: float = 20) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {patience} s")
        time.sleep(0.02)


def alive(pid: int) -> bool:
    return look_up(pid) is not None


class SupervisordCase(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.site = Site(
            "shop", self.paths.root, self.paths.store, "supervisord", ME, ("web",), ME, tick=False
        )
        self.daemon = Daemon(self.site)
        self.manager = Supervisord(self.site)
        release = self.paths.release(R1)
        release.bin.mkdir(parents=True)
        (release.folder / "release.json").write_text(json.dumps(release_json()))
        self.serve()
        programs = self.daemon.folder / "venv/bin"
        programs.mkdir(parents=True)
        self.program = programs / "supervisord"
        self.program.write_text(f'#!/bin/sh\nexec {PYTHON} -m supervisor.supervisord "$@"\n')
        self.program.chmod(0o755)
        self.addCleanup(self.end)

    def serve(self, term: str = "signal.SIG_DFL", stays: bool = False) -> None:
        """The release's server. Its child ends with it, unless it `stays`."""
        program = self.paths.release(R1).bin / "web"
        program.write_text(SERVER.format(python=sys.executable, term=term, stays=stays))
        program.chmod(0o755)

    def end(self) -> None:
        for backend in (FIRST, SECOND):
            self.manager.kill("web", backend)
        if self.daemon.running():
            self.kill_supervisord()

    def state(self, backend: str = FIRST) -> State:
        return self.manager.state("web", backend)

    def folder(self, backend: str = FIRST) -> Path:
        return self.paths.backend_socket(backend).parent

    def told(self, name: str = "told") -> dict[str, object]:
        """What the backend told of itself when it was up; `child`: its child."""
        wait_for(
            "the backend is up",
            lambda: (self.folder() / name).exists() and (self.folder() / name).stat().st_size,
        )
        told: dict[str, object] = json.loads((self.folder() / name).read_text())
        return told

    def started(self) -> int:
        """Starts the first backend; returns the pid of its process."""
        self.manager.start("web", FIRST)
        self.told("child")
        return int(str(self.told()["pid"]))

    def kill_supervisord(self) -> None:
        pid = int(self.daemon.ask("getPID"))
        os.kill(pid, signal.SIGKILL)
        wait_for("supervisord is gone", lambda: not alive(pid))


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


class Starting(SupervisordCase):
    def test_two_that_start_it_at_once_start_one(self) -> None:
        children = []
        for _ in range(4):
            child = os.fork()
            if child == 0:
                try:
                    Daemon(self.site).ensure()
                    os._exit(0)
                finally:
                    os._exit(1)
            children.append(child)
        self.assertEqual([os.waitpid(child, 0)[1] for child in children], [0, 0, 0, 0])
        log = (self.daemon.folder / "supervisord.log").read_text()
        self.assertEqual(log.count("supervisord started with pid"), 1, log)

    def test_it_is_a_daemon_that_holds_nothing_of_its_starter(self) -> None:
        lock = os.open(self.top / "lock", os.O_RDWR | os.O_CREAT)
        self.addCleanup(os.close, lock)
        os.set_inheritable(lock, True)
        read, write = os.pipe()
        os.set_inheritable(write, True)
        self.daemon.ensure()
        os.close(write)
        self.assertEqual(os.read(read, 1), b"")
        os.close(read)
        pid = int(self.daemon.ask("getPID"))
        self.assertEqual(os.getsid(pid), pid)
        self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")
        held = {os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd")}
        self.assertNotIn(str(self.top / "lock"), held)

    def test_what_a_dead_one_left_is_no_hindrance(self) -> None:
        self.daemon.ensure()
        self.kill_supervisord()
        self.assertTrue(self.daemon.socket.exists())
        self.assertTrue((self.daemon.folder / "supervisord.pid").exists())
        self.daemon.ensure()
        self.assertTrue(self.daemon.running())

    def test_one_that_is_about_to_end_is_waited_for(self) -> None:
        self.started()
        self.daemon.ask("shutdown")
        self.manager.start("web", SECOND)
        self.assertTrue(self.state(SECOND).up)
        self.assertFalse(self.state(FIRST).up)

    def test_a_broken_file_is_told_with_its_name(self) -> None:
        self.daemon.write("other.ini", "[program:other]\n")
        with self.assertRaisesRegex(StepFailure, r"exit status 2: Error: .*other\.ini"):
            self.manager.start("web", FIRST)

    def test_the_minutes_work_runs_beside_the_backends(self) -> None:
        site = Site("shop", self.paths.root, self.paths.store, "supervisord", ME, ("web",), ME)
        graceful = self.paths.bin / "graceful"
        graceful.parent.mkdir()
        graceful.write_text(
            f'#!/bin/sh\nenv > {self.top}/ticked.new\nmv {self.top}/ticked.new "{self.top}/$1"\n'
        )
        graceful.chmod(0o755)
        Supervisord(site).start("web", FIRST)
        wait_for("it ticks", (self.top / "tick").exists)
        told = (self.top / "tick").read_text()
        self.assertNotIn("SUPERVISOR_", told)
        self.assertEqual(
            self.daemon.ask("getProcessInfo", "shop-tick")["statename"] in ("STARTING", "RUNNING"), True
        )


class Faults(SupervisordCase):
    def program_says(self, text: str) -> None:
        self.program.write_text(f"#!/bin/sh\necho '{text}'\n")

    def mends(self) -> dict[str, str]:
        return {told["what"]: told["mend"] for told in self.manager.faults({"web": 30})}

    def test_none(self) -> None:
        self.assertEqual(self.mends(), {})
        self.assertEqual(self.manager.describe()["name"], "supervisord")
        self.assertRegex(self.manager.describe()["version"], r"^4\.")
        self.daemon.ensure()
        self.assertEqual(self.mends(), {})

    def test_too_old(self) -> None:
        self.program_says("3.3.5")
        venv = self.daemon.folder / "venv"
        mend = f"python3 -m venv {venv} && {venv}/bin/pip install 'supervisor>=4'"
        self.assertEqual(self.mends(), {"supervisord is 3.3.5; 4 or newer is needed": mend})

    def test_missing(self) -> None:
        self.program.write_text("#!/no/such/python\n")
        self.assertEqual(list(self.mends()), ["there is no supervisord on this host"])
        self.assertEqual(self.manager.describe(), {"name": "supervisord", "version": "missing"})
        with self.assertRaises(StepFailure):
            self.manager.start("web", FIRST)

    def test_all_at_once(self) -> None:
        self.program_says("3.3.5")
        root = self.top / ("long name%" + "x" * 60)
        (root / "supervisor/venv/bin").mkdir(parents=True)
        shutil.copy(self.program, root / "supervisor/venv/bin/supervisord")
        site = Site("shop", root, self.paths.store, "supervisord", ME, ("web",), ME)
        found = [told["what"] for told in Supervisord(site).faults({"web": 30})]
        self.assertEqual(len(found), 3, found)
        self.assertRegex(found[0], "supervisord's socket is [0-9]+ bytes too long")
        self.assertRegex(found[1], "cannot be written into supervisord's files")


def load_tests(loader: unittest.TestLoader, found: unittest.TestSuite, _: str | None) -> unittest.TestSuite:
    """Without a supervisord, what needs none."""
    return found if PYTHON else loader.loadTestsFromTestCase(Processes)


class Processes(unittest.TestCase):
    def test_a_name_with_brackets_and_blanks(self) -> None:
        child = subprocess.Popen(
            ["/bin/sh", "-c", "printf 'a) R 1 (b' > /proc/$$/comm; echo; exec 1>&-; read x"],
            stdin=-1,
            stdout=-1,
        )
        assert child.stdout is not None
        child.stdout.readline()
        self.assertTrue(descends(child.pid, os.getpid()))
        told = look_up(child.pid)
        assert told is not None
        self.assertEqual((told.pid, told.parent), (child.pid, os.getpid()))
        child.kill()
        wait_for("it is a zombie", lambda: not alive(child.pid))
        child.communicate()
        self.assertFalse(alive(child.pid))

    def test_nobody_is_of_a_backend_that_never_was(self) -> None:
        self.assertEqual(processes_of(Path("/run/graceful/none/x.1/http.sock")), [])

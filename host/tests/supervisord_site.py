"""A site on a real supervisord, started and asked as on a host, with servers of a few lines as backends."""

from __future__ import annotations

import json
import os
import pwd
import signal
import sys
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from graceful.process.manager import State
from graceful.process.proc import look_up
from graceful.process.supervisor_daemon import Daemon
from graceful.process.supervisord import Supervisord
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


def load_tests(_: unittest.TestLoader, found: unittest.TestSuite, __: str | None) -> unittest.TestSuite:
    """For each module of such tests: none without a supervisord."""
    return found if PYTHON else unittest.TestSuite()

"""Workers and singletons of releases, run by a real supervisord."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from graceful.operation.context import Context
from graceful.operation.levelling import level
from graceful.operation.transaction import Transaction
from graceful.release.spec import load_spec
from graceful.site.links import replace_link

from .supervisord_site import SupervisordCase, wait_for
from .support import R1, R2, release_json

#: Holds a lock as long as it runs, so that it sees whether another one of its name does; `task` is what it finishes at last.
PROCESS = """#!{python} -I
import fcntl, os, signal, sys, time
name, backend, ending = os.path.basename(sys.argv[0]), sys.argv[1], []
signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
log = os.open("{folder}/" + name + ".log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
lock = os.open("{folder}/" + name + ".lock", os.O_RDWR | os.O_CREAT)
def tell(what):
    os.write(log, (what + " " + backend + "\\n").encode())
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    tell("alone")
except BlockingIOError:
    tell("beside")
while not ending:
    time.sleep(0.01)
time.sleep({task})
tell("end")
"""
OTHERS = {"worker": {"stopMs": 20_000, "singleton": False}, "beat": {"stopMs": 20_000, "singleton": True}}


class ProcessesCase(SupervisordCase):
    def setUp(self) -> None:
        super().setUp()
        self.context = Context.of(self.site, "op")
        for release in (R1, R2):
            self.place(release)
        self.live(R1)

    def end(self) -> None:
        for backend in self.context.history().others():
            self.manager.kill(backend.process, backend.name)
        super().end()

    def place(self, release: str, task: float = 0.1, text: str = PROCESS, **changes: dict[str, Any]) -> None:
        """A release with a worker and a beat, or with `changes` to them."""
        folder = self.paths.release(release)
        folder.bin.mkdir(parents=True, exist_ok=True)
        told = {name: {"argv": ["x"], **OTHERS[name], **changes.get(name, {})} for name in OTHERS}
        every = {"web": {"argv": ["x"]}, **told}
        folder.manifest.write_text(json.dumps(release_json(id=release, processes=every)))
        for name in OTHERS:
            program = folder.bin / name
            program.write_text(text.format(python=sys.executable, folder=self.top, task=task))
            program.chmod(0o755)

    def live(self, release: str) -> None:
        replace_link(self.paths.current, f"releases/{release}")

    def transaction(self, release: str) -> Transaction:
        return Transaction(self.context, "deploy", load_spec(self.paths, release), {}, R1, None)

    def lines(self, name: str = "beat") -> list[str]:
        """What the processes of that name wrote, in its order."""
        try:
            return (self.top / f"{name}.log").read_text().splitlines()
        except FileNotFoundError:
            return []

    def up(self) -> list[str]:
        return [
            f"{backend.process} {backend.name}"
            for backend in self.context.history().others()
            if self.manager.state(backend.process, backend.name).up
        ]

    def settled(self, wanted: Callable[[], bool]) -> None:
        """The timer's work, until it is as wanted."""

        def is_so() -> bool:
            level(self.context)
            return wanted()

        wait_for("the processes are as they should be", is_so)

    def first(self) -> None:
        self.assertEqual(level(self.context), ["worker runs", "beat runs"])
        wait_for("they have started", lambda: self.lines("worker") and self.lines())
        self.assertEqual(self.up(), [f"worker {R1}.1", f"beat {R1}.2"])

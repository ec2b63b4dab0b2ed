"""The process that runs an operation."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from graceful.operation.channel import Channel, alive
from graceful.operation.detach import detach

from .channel_case import ChannelCase

DETACHING = """
import os, sys, time
from pathlib import Path
from graceful.operation.channel import Channel
from graceful.operation.detach import detach
from graceful.serve.stream import quiet_stdout

stream = quiet_stdout()
folder = Path(sys.argv[1])
channel = Channel(folder)

def work():
    channel.open(None)
    facts = {"pid": os.getpid(), "session": os.getsid(0), "cwd": os.getcwd()}
    facts["streams"] = [os.readlink(f"/proc/self/fd/{n}") for n in (0, 1, 2)]
    channel.emit("notice", message="begun", **facts)
    if sys.argv[2] == "raise":
        raise RuntimeError("on purpose")
    print("stray words", flush=True)
    time.sleep(60)

detach(channel, work)
stream.send({"type": "started", "pid": os.getpid()})
if sys.argv[2] == "wait":
    time.sleep(60)
"""


class Detached(ChannelCase):
    def start(self, mode: str) -> subprocess.Popen[bytes]:
        caller = subprocess.Popen(
            [sys.executable, "-B", "-c", DETACHING, str(self.folder), mode],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.addCleanup(self.close, caller)
        return caller

    def close(self, caller: subprocess.Popen[bytes]) -> None:
        caller.kill()
        caller.communicate()

    def begun(self) -> dict[str, Any]:
        self.eventually(self.events)
        told = self.events()[0]
        self.addCleanup(self.end, told["pid"])
        return told

    def end(self, pid: int) -> None:
        if alive(self.folder):
            os.kill(pid, signal.SIGKILL)

    def test_it_outlives_its_caller_and_the_callers_session(self) -> None:
        caller = self.start("wait")
        told = self.begun()
        os.killpg(caller.pid, signal.SIGKILL)
        caller.wait()
        os.kill(told["pid"], signal.SIGHUP)
        os.kill(told["pid"], signal.SIGPIPE)
        time.sleep(0.2)
        self.assertTrue(alive(self.folder))

    def test_it_has_a_session_and_nothing_of_the_callers(self) -> None:
        caller = self.start("end")
        told = self.begun()
        self.assertEqual((told["cwd"], told["streams"]), ("/", ["/dev/null"] * 3))
        self.assertNotIn(told["session"], (caller.pid, told["pid"]))
        pipes = [
            os.fstat(pipe.fileno()).st_ino for pipe in (caller.stdin, caller.stdout, caller.stderr) if pipe
        ]
        held = [os.readlink(link) for link in Path(f"/proc/{told['pid']}/fd").iterdir()]
        self.assertEqual([link for link in held if link in [f"pipe:[{inode}]" for inode in pipes]], [])

    def test_the_callers_streams_end_with_the_caller(self) -> None:
        """Or the SSH connection would hang on until the operation's end."""
        caller = self.start("end")
        told = self.begun()
        out, error = caller.communicate(timeout=10)
        self.assertEqual(json.loads(out)["type"], "started")
        self.assertEqual(error, b"")
        self.assertTrue(alive(self.folder))
        self.assertNotEqual(told["pid"], caller.pid)

    def test_a_front_sees_its_death_at_once(self) -> None:
        self.start("end")
        told, front = self.begun(), self.front()
        # It is woken once as it is let in.
        self.assertEqual(front.recv(1), b"\n")
        self.assertEqual(select.select([front], [], [], 0.2)[0], [])
        began = time.monotonic()
        os.kill(told["pid"], signal.SIGKILL)
        self.assertEqual(front.recv(1), b"")
        self.assertLess(time.monotonic() - began, 2)
        self.eventually(lambda: not alive(self.folder))

    def test_a_crash_is_written_down(self) -> None:
        self.start("raise").wait(10)
        self.begun()
        self.eventually(lambda: not alive(self.folder))
        self.assertIn("RuntimeError: on purpose", (self.folder / "crash").read_text())

    def test_returns_at_once_and_leaves_no_zombie(self) -> None:
        channel = Channel(self.folder)
        began = time.monotonic()
        detach(channel, lambda: time.sleep(3))
        self.assertLess(time.monotonic() - began, 2)
        self.assertRaises(ChildProcessError, os.waitpid, -1, os.WNOHANG)

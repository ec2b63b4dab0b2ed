"""An operator's operation at a terminal that sends signals, stops reading or goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from graceful.operation.channel import alive, outcome_of

from .channel_case import ChannelCase

FOLLOWING = """
import sys, time
from pathlib import Path
from graceful.cli.going import told
from graceful.cli.terminal import follow
from graceful.operation.channel import Gone
from graceful.operation.context import Context
from graceful.site.paths import SitePaths

root, name, go = map(Path, sys.argv[1:])
paths = SitePaths(root, root / ".store", root / "run")

def ended(result, message):
    return {"result": result, "release": None, "message": message, "failure": None}

def work(context):
    try:
        with context.step("check") as detail:
            assert context.tell.confirmed(0)
            while not go.exists():
                context.tell.pause(0.02)
            detail.append("all well")
    except Gone as gone:
        context.tell.emit("notice", message="undoing")
        # Whoever is at it takes its time, and is asked again meanwhile.
        while not go.exists():
            time.sleep(0.02)
        return ended("fell-back", str(gone))
    for number in range(100):
        context.tell.emit("notice", message=f"line {number} " + "x" * 1000)
    return ended("live", "it is live")

sys.exit(told(follow(Context(None, paths, None, name.name, None), work)))
"""


class Followed(ChannelCase):
    def start(self) -> subprocess.Popen[bytes]:
        self.go = self.top / "go"
        self.paths.operations.mkdir(mode=0o700)
        front = subprocess.Popen(
            [sys.executable, "-B", "-c", FOLLOWING, str(self.paths.root), "op1", str(self.go)],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.addCleanup(self.close, front)
        assert front.stdout is not None
        self.assertEqual(front.stdout.readline(), b"check ...\n")
        return front

    def close(self, front: subprocess.Popen[bytes]) -> None:
        self.go.touch()
        self.eventually(lambda: not alive(self.folder))
        front.kill()
        front.communicate()

    def result(self) -> str | None:
        outcome = outcome_of(self.folder)
        return None if outcome is None else str(outcome["result"])

    def test_it_is_told_in_words_and_needs_no_confirm(self) -> None:
        front = self.start()
        self.go.touch()
        out, error = front.communicate(timeout=10)
        self.assertRegex(out.decode(), r"^check: all well \(\d\.\d s\)\nnotice: line 0 ")
        self.assertTrue(out.endswith(b"\nlive: it is live\n"))
        self.assertEqual((front.returncode, error), (0, b""))

    def test_ctrl_c_asks_it_to_end_once_and_tells_how_it_ended(self) -> None:
        front = self.start()
        os.killpg(front.pid, signal.SIGINT)
        assert front.stdout is not None
        while front.stdout.readline() != b"notice: undoing\n":
            self.assertIsNone(front.poll())
        os.killpg(front.pid, signal.SIGINT)
        os.killpg(front.pid, signal.SIGTERM)
        self.go.touch()
        out, error = front.communicate(timeout=10)
        self.assertEqual(out, b"fell-back: cancelled: somebody at the terminal ended it\n")
        self.assertEqual(error.count(b"asked to end"), 1)
        self.assertNotIn(b"Traceback", error)
        self.assertEqual(front.returncode, 2)

    def test_nobody_reads_any_more(self) -> None:
        front = self.start()
        assert front.stdout is not None and front.stderr is not None
        front.stdout.close()
        self.go.touch()
        self.assertEqual(front.wait(10), 0)
        self.assertEqual(front.stderr.read(), b"")
        self.assertEqual(self.result(), "live")

    def test_a_terminal_that_hangs_up_lets_it_go_on(self) -> None:
        front = self.start()
        os.killpg(front.pid, signal.SIGHUP)
        self.assertEqual(front.wait(10), 129)
        self.assertTrue(alive(self.folder))
        self.go.touch()
        self.eventually(lambda: self.result() == "live")

    def test_a_front_that_is_killed_lets_it_go_on(self) -> None:
        front = self.start()
        os.killpg(front.pid, signal.SIGKILL)
        front.wait(10)
        self.go.touch()
        self.eventually(lambda: self.result() == "live")

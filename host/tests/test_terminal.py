"""An operator's operation at a terminal that sends signals, stops reading or goes away."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from graceful.cli.terminal import follow
from graceful.operation.channel import Channel, alive, outcome_of
from graceful.operation.context import Context
from graceful.operation.outcome import plain_outcome
from graceful.serve.follow import Operations

from .channel_case import ChannelCase
from .plain_site import PlainSite

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


def heed_all() -> None:
    """Whoever runs the tests may ignore signals (`nohup`, a job of a script): a terminal does not."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


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
            preexec_fn=heed_all,
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


class FullDisk(PlainSite):
    """No room for the operation's tale; the journal has its reserve."""

    def setUp(self) -> None:
        super().setUp()
        self.full = OSError(errno.ENOSPC, "No space left on device")
        self.asked = self.context()

    def work(self, context: Context) -> dict[str, Any]:
        with (self.top / "runs").open("a") as runs:
            runs.write("x")
        context.journal.write("begin", kind="stop", release=None, commit="", origin={"actor": "ada"})
        context.journal.write("end", result="done", release=None, message="it is stopped")
        return plain_outcome(context, "done", None, "it is stopped")

    def ended(self, channel: Callable[..., Channel]) -> None:
        with (
            mock.patch("graceful.operation.channel._append", side_effect=self.full),
            mock.patch("graceful.serve.follow.Channel", side_effect=channel),
        ):
            told = follow(self.asked, self.work)
        assert told is not None
        self.assertEqual((told["result"], told["message"]), ("done", "it is stopped"))
        self.assertEqual((self.top / "runs").read_text(), "x")

    def test_no_room_for_its_channel_and_it_runs_here(self) -> None:
        def none(*_: object) -> Channel:
            raise self.full

        self.ended(none)

    def test_no_room_for_its_last_word_and_the_journal_has_it(self) -> None:
        self.ended(Channel)
        asked = Operations(self.asked, mock.Mock()).outcome()
        self.assertEqual((asked["state"], asked["outcome"]["message"]), ("ended", "it is stopped"))

    def test_no_room_for_another_channel_and_it_runs_no_second_time(self) -> None:
        made: list[Channel] = []

        def once(*given: Any) -> Channel:
            if made:
                raise self.full
            made.append(Channel(*given))
            return made[0]

        self.ended(once)

"""A running operation and the fronts that follow it; the process that runs it."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from graceful.operation.channel import Channel, Gone, alive, connect, make_up, outcome_of, read_events
from graceful.operation.detach import detach
from graceful.operation.outcome import failure
from graceful.wire import encode

from .support import SiteCase

OUTCOME = {"result": "live", "release": "r", "message": "größe"}


class ChannelCase(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = self.paths.operations / "op1"

    def channel(self, lease: float | None = None) -> Channel:
        channel = Channel(self.folder)
        self.addCleanup(channel.listener.close)
        channel.open(lease)
        return channel

    def front(self) -> socket.socket:
        front = connect(self.folder)
        assert front is not None
        self.addCleanup(front.close)
        front.settimeout(5)
        return front

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in read_events(self.folder, after)]

    def numbers(self) -> list[int]:
        return [event["seq"] for event in self.events()]

    def eventually(self, true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 5
        while not true():
            self.assertLess(time.monotonic(), deadline, "it never came")
            time.sleep(0.01)


class Tale(ChannelCase):
    def test_holds_no_secret_that_a_site_printed_and_leaves_names_alone(self) -> None:
        channel = Channel(self.folder, ["hunter22", "first\nsecond line", "verify", "1"])
        self.addCleanup(channel.listener.close)
        said = "KeyError: hunter22, second line, 1"
        channel.emit("log", source="verify", lines=[said])
        channel.emit("step", step="verify", status="failed", ms=1, detail=said)
        answer = {"status": 500, "location": None, "body": said}
        failed = {"step": "verify", "what": said, "next": said, "answer": answer, "log": [said]}
        channel.emit("outcome", outcome={"result": "failed", "message": said, "failure": failed})
        raw = (self.folder / "events").read_text()
        self.assertNotIn("hunter22", raw)
        self.assertNotIn("second", raw)
        self.assertEqual(raw.count("KeyError: ***, ***, 1"), 7)
        self.assertEqual(raw.count('"verify"'), 3)

    def test_numbered_from_one_without_gaps(self) -> None:
        channel = self.channel()

        def tell() -> None:
            for _ in range(50):
                channel.emit("notice", message="x")

        threads = [threading.Thread(target=tell) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.numbers(), list(range(1, 201)))

    def test_what_an_event_says(self) -> None:
        self.channel().emit("step", step="check", status="end", ms=7, detail="größe")
        (event,) = self.events()
        self.assertRegex(event.pop("at"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        wanted = {
            "type": "event",
            "seq": 1,
            "kind": "step",
            "step": "check",
            "status": "end",
            "ms": 7,
            "detail": "größe",
        }
        self.assertEqual(event, wanted)

    def test_reading_on_after_a_number(self) -> None:
        channel = self.channel()
        for _ in range(3):
            channel.emit("notice", message="x")
        self.assertEqual([event["seq"] for event in self.events(2)], [3])
        self.assertEqual(self.events(3), [])
        self.assertEqual(read_events(self.folder / "none", 0), [])

    def test_the_next_process_goes_on_where_the_last_one_stopped(self) -> None:
        self.channel().emit("notice", message="x")
        self.channel().emit("notice", message="y")
        self.assertEqual(self.numbers(), [1, 2])

    def test_a_torn_last_event_is_not_told_and_spoils_none(self) -> None:
        self.channel().emit("notice", message="x")
        with (self.folder / "events").open("ab") as file:
            file.write(b'{"type":"event","seq":2,"ki')
        self.assertEqual(self.numbers(), [1])
        self.channel().emit("outcome", outcome=OUTCOME)
        self.assertEqual(self.numbers(), [1, 2])
        self.assertEqual(outcome_of(self.folder), OUTCOME)

    def test_an_event_that_cannot_be_written_takes_no_number(self) -> None:
        channel = self.channel()
        channel.emit("notice", message="x")
        events = self.folder / "events"
        events.rename(self.folder / "kept")
        events.mkdir()
        channel.emit("notice", message="lost")
        events.rmdir()
        (self.folder / "kept").rename(events)
        channel.emit("notice", message="y")
        self.assertEqual(self.numbers(), [1, 2])

    def test_outcome(self) -> None:
        channel = self.channel()
        self.assertIsNone(outcome_of(self.folder))
        channel.emit("notice", message="x")
        self.assertIsNone(outcome_of(self.folder))
        channel.emit("outcome", outcome=OUTCOME)
        self.assertEqual(outcome_of(self.folder), OUTCOME)

    def test_a_tale_that_is_shorter_than_what_was_told_is_made_up(self) -> None:
        channel = self.channel()
        channel.emit("notice", message="x")
        channel.emit("outcome", outcome=OUTCOME)
        make_up(self.folder, 2)
        self.assertEqual(self.numbers(), [1, 2])
        make_up(self.folder, 5)
        self.assertEqual(self.numbers(), [1, 2, 3, 4, 5, 6])
        self.assertEqual(outcome_of(self.folder), OUTCOME)

    def test_a_tale_that_is_torn_is_made_up_too(self) -> None:
        self.channel().emit("notice", message="x")
        with (self.folder / "events").open("ab") as file:
            file.write(b'{"type')
        make_up(self.folder, 3)
        self.assertEqual(self.numbers(), [1, 2, 3])


class Followed(ChannelCase):
    def woken(self, channel: Channel, front: socket.socket) -> bool:
        channel.emit("notice", message="x")
        return bool(select.select([front], [], [], 0.05)[0])

    def test_a_front_is_woken(self) -> None:
        channel, front = self.channel(), self.front()
        self.assertEqual(select.select([front], [], [], 0.1)[0], [])
        self.eventually(lambda: self.woken(channel, front))
        self.assertEqual(front.recv(1), b"\n")

    def test_a_front_that_does_not_read_stops_nobody(self) -> None:
        channel, front = self.channel(), self.front()
        self.eventually(lambda: self.woken(channel, front))
        for _ in range(3000):
            channel.emit("notice", message="x")
        front.close()
        channel.emit("notice", message="x")
        self.assertEqual(self.numbers(), list(range(1, self.numbers()[-1] + 1)))

    def test_confirm(self) -> None:
        channel = self.channel()
        self.assertFalse(channel.confirmed(0))
        self.front().sendall(encode({"type": "confirm"}))
        self.eventually(lambda: channel.confirmed(0.1))

    def test_a_heartbeat_is_no_confirm(self) -> None:
        channel = self.channel()
        self.front().sendall(encode({"type": "heartbeat", "n": 1}))
        self.assertFalse(channel.confirmed(0.3))

    def test_cancel_ends_every_wait_at_once(self) -> None:
        channel = self.channel()
        front = self.front()
        threading.Timer(0.2, front.sendall, [encode({"type": "cancel", "reason": "SIGINT"})]).start()
        began = time.monotonic()
        with self.assertRaisesRegex(Gone, "^cancelled: SIGINT$"):
            channel.pause(30)
        self.assertLess(time.monotonic() - began, 5)
        for wait in (channel.guard, lambda: channel.pause(30), lambda: channel.confirmed(30)):
            self.assertRaisesRegex(Gone, "SIGINT", wait)

    def test_cancel_brings_what_to_do(self) -> None:
        channel = self.channel()
        self.front().sendall(encode({"type": "cancel", "reason": "no answer", "next": "Mend the url."}))
        with self.assertRaises(Gone) as caught:
            channel.pause(5)
        told = failure("verify", caught.exception)
        self.assertEqual((told["what"], told["next"]), ("cancelled: no answer", "Mend the url."))

    def test_cancel_without_a_reason(self) -> None:
        channel = self.channel()
        self.front().sendall(encode({"type": "cancel"}))
        with self.assertRaisesRegex(Gone, "the runner asked for it"):
            channel.pause(5)

    def test_a_confirm_that_was_heard_stands_against_a_later_cancel(self) -> None:
        channel = self.channel()
        self.front().sendall(encode({"type": "confirm"}) + encode({"type": "cancel", "reason": "late"}))
        with self.assertRaises(Gone):
            channel.pause(5)
            channel.pause(5)
        self.assertTrue(channel.confirmed(0))

    def test_the_lease_runs_out(self) -> None:
        channel = self.channel(lease=0.3)
        channel.guard()
        time.sleep(0.35)
        with self.assertRaisesRegex(Gone, r"nothing was heard of the runner for 0\.3 s"):
            channel.guard()
        with self.assertRaises(Gone):
            channel.confirmed(0)

    def test_heartbeats_renew_the_lease(self) -> None:
        channel, front = self.channel(lease=0.6), self.front()
        for count in range(6):
            front.sendall(encode({"type": "heartbeat", "n": count}))
            time.sleep(0.2)
            channel.guard()

    def test_a_confirm_that_was_heard_stands_when_the_lease_runs_out(self) -> None:
        channel = self.channel(lease=0.3)
        self.front().sendall(encode({"type": "confirm"}))
        self.eventually(lambda: channel.confirmed(0))
        time.sleep(0.4)
        self.assertTrue(channel.confirmed(0))

    def test_without_a_lease_nobody_is_needed(self) -> None:
        self.channel(lease=None).pause(0.1)

    def test_noise_is_not_heard(self) -> None:
        channel = self.channel()
        self.front().sendall(b"nonsense\n" + encode({"type": "confirm"}))
        time.sleep(0.1)
        self.front().sendall(b'{"no":"type"}\n[]\n')
        self.assertFalse(channel.confirmed(0.1))
        self.front().sendall(encode({"type": "confirm"}))
        self.eventually(lambda: channel.confirmed(0.1))

    def test_nothing_runs_there(self) -> None:
        self.assertIsNone(connect(self.folder))
        self.assertFalse(alive(self.folder))
        channel = self.channel()
        self.assertTrue(alive(self.folder))
        channel.close()
        self.assertFalse((self.folder / "control").exists())


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

"""The site's lock: one holder, told to whoever waits, freed with it whatever way it ends."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from graceful.site.lock import Busy, holder, locked

from .support import SiteCase

WHO = {"kind": "deploy", "actor": "ada", "run": "https://ci.test/1"}


class LockCase(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.paths.lock

    def hold_elsewhere(self) -> int:
        """Another process that holds the lock until it is killed; its pid."""
        ready, told = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                with locked(self.path, WHO, 5):
                    os.write(told, b"x")
                    time.sleep(60)
            finally:
                os._exit(1)
        os.close(told)
        self.assertEqual(os.read(ready, 1), b"x")
        os.close(ready)
        self.addCleanup(self.end, child)
        return child

    def end(self, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


class Locked(LockCase):
    def test_free(self) -> None:
        self.assertIsNone(holder(self.path))
        with locked(self.path, WHO, 0):
            pass
        self.assertIsNone(holder(self.path))

    def test_who_holds_it(self) -> None:
        with locked(self.path, WHO, 0):
            words = holder(self.path)
            assert words is not None
            self.assertRegex(words, r"^deploy by ada \(https://ci\.test/1\), since \d{4}-\d\d-\d\dT[\d:.]+Z$")

    def test_a_shorter_holder_leaves_nothing_of_a_longer_one(self) -> None:
        with locked(self.path, {"kind": "deploy", "actor": "a" * 200}, 0):
            pass
        with locked(self.path, {"kind": "tick"}, 0):
            self.assertRegex(str(holder(self.path)), r"^tick by somebody, since ")

    def test_busy_at_once(self) -> None:
        self.hold_elsewhere()
        began = time.monotonic()
        words = r"^deploy by ada \(https://ci.test/1\), since "
        with self.assertRaisesRegex(Busy, words), locked(self.path, {"kind": "tick"}, 0):
            self.fail("two hold the lock")
        self.assertLess(time.monotonic() - began, 2)

    def test_busy_after_the_time(self) -> None:
        self.hold_elsewhere()
        told: list[str] = []
        began = time.monotonic()
        with self.assertRaises(Busy), locked(self.path, {"kind": "tick"}, 0.4, told.append):
            self.fail("two hold the lock")
        self.assertGreaterEqual(time.monotonic() - began, 0.4)
        self.assertEqual(len(told), 1)
        self.assertIn("deploy by ada", told[0])

    def test_whoever_gave_up_leaves_the_holders_words(self) -> None:
        self.hold_elsewhere()
        for _ in range(2):
            with self.assertRaisesRegex(Busy, "ada"), locked(self.path, {"kind": "tick"}, 0):
                self.fail("two hold the lock")

    def test_waits_until_it_is_free(self) -> None:
        other = self.hold_elsewhere()
        threading.Timer(0.5, self.end, [other]).start()
        began = time.monotonic()
        with locked(self.path, {"kind": "tick"}, 30):
            self.assertIn("tick", str(holder(self.path)))
        self.assertLess(0.4, time.monotonic() - began)

    def test_freed_by_kill_9(self) -> None:
        self.end(self.hold_elsewhere())
        with locked(self.path, WHO, 0):
            pass

    def test_freed_by_an_exception(self) -> None:
        with self.assertRaises(ZeroDivisionError), locked(self.path, WHO, 0):
            raise ZeroDivisionError
        self.assertIsNone(holder(self.path))

    def test_whoever_pauses_may_give_up(self) -> None:
        self.hold_elsewhere()

        def pause(_: float) -> None:
            raise InterruptedError("cancelled")

        with self.assertRaises(InterruptedError), locked(self.path, WHO, 30, pause=pause):
            self.fail("two hold the lock")

    def test_programs_that_it_starts_do_not_hold_it(self) -> None:
        with locked(self.path, WHO, 0):
            # One that has said something opens and closes no more files on its way up.
            child = subprocess.Popen(
                ["sh", "-c", "echo up; read _"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                close_fds=False,
            )
            self.addCleanup(child.communicate)
            assert child.stdout is not None
            child.stdout.readline()
            names = [os.readlink(link) for link in Path(f"/proc/{child.pid}/fd").iterdir()]
            self.assertNotIn(str(self.path), names)
        self.assertIsNone(holder(self.path))

    def test_a_holder_that_has_not_said_who_it_is(self) -> None:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT)
        self.addCleanup(os.close, handle)
        fcntl.flock(handle, fcntl.LOCK_EX)
        for text in (b"", b"{", b"[]", b"{}", b"\xff"):
            os.ftruncate(handle, 0)
            os.pwrite(handle, text, 0)
            self.assertEqual(holder(self.path), "an operation that has just begun")

    def test_only_one_at_a_time(self) -> None:
        """Eight at once, each sixteen times: a count that two changed together would be too low."""
        count = self.top / "count"
        count.write_text("0")
        children = []
        for _ in range(8):
            child = os.fork()
            if child == 0:
                try:
                    for _ in range(16):
                        with locked(self.path, WHO, 60, pause=lambda _: time.sleep(0.001)):
                            count.write_text(str(int(count.read_text()) + 1))
                    os._exit(0)
                finally:
                    os._exit(1)
            children.append(child)
        self.assertEqual([os.waitpid(child, 0)[1] for child in children], [0] * 8)
        self.assertEqual(count.read_text(), "128")

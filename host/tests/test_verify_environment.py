"""A damaged environment is mended in its place, and nothing that runs from it is disturbed by that."""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import suppress
from unittest import mock

from graceful.store.damaged import is_marked, is_sound

from .support import ENV, R3
from .verify_case import ENVIRONMENT, VIEWS, Countdown, VerifyCase, damage, put


class Environments(VerifyCase):
    def break_it(self) -> None:
        put(self.module(), b"edited\n")
        self.module("__init__.py").unlink()
        self.module("debugger.py").write_bytes(b"by hand\n")
        (self.paths.env(ENV) / "pyvenv.cfg").unlink()

    def test_it_is_mended_in_its_place(self) -> None:
        damage(self.object(VIEWS))
        self.break_it()
        inode = self.paths.env(ENV).stat().st_ino
        self.verify()
        self.assertFalse(is_sound(self.paths, ENV))
        self.assertEqual(self.deploy(R3), 1)
        self.assertEqual(self.found(), [])
        self.assertEqual(self.paths.env(ENV).stat().st_ino, inode)
        self.assertTrue(self.module().samefile(self.object(VIEWS)))
        self.assertEqual([path.name for path in self.paths.envs.iterdir()], [ENV])
        self.assertTrue(is_sound(self.paths, ENV))

    def test_without_a_byte_to_send(self) -> None:
        self.break_it()
        self.verify()
        self.assertEqual(self.deploy(R3), 0)
        self.assertEqual(self.found(), [])

    def test_files_and_folders_in_each_other_s_place(self) -> None:
        package = self.module().parent
        self.module().unlink()
        self.module().mkdir()
        (self.module() / "inner.py").write_bytes(b"")
        (package / "__pycache__/views.cpython.pyc").unlink()
        (package / "__pycache__").rmdir()
        (package / "__pycache__").write_bytes(b"no folder")
        (self.paths.env(ENV) / "lib64").unlink()
        (self.paths.env(ENV) / "lib64").symlink_to("/usr/lib")
        self.verify()
        self.deploy(R3)
        self.assertEqual(self.found(), [])
        self.assertEqual(os.readlink(self.paths.env(ENV) / "lib64"), "lib")

    def test_what_runs_from_it_finds_every_file_at_any_moment(self) -> None:
        put(self.module(), b"edited\n")
        self.verify()
        stop, lost, reads = threading.Event(), [], 0
        files = [self.paths.env(ENV) / path for path in ENVIRONMENT]

        def run() -> None:
            nonlocal reads
            while not stop.is_set():
                for path in files:
                    reads += 1
                    try:
                        path.read_bytes()
                    except OSError as error:
                        lost.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        before = reads
        self.receive(self.env)
        while reads < before + 100:
            pass
        stop.set()
        thread.join()
        self.assertEqual(lost, [])
        self.assertEqual(self.module().read_bytes(), VIEWS)

    def test_wherever_it_is_cut_off_it_is_there_whole_and_the_next_one_goes_on(self) -> None:
        put(self.module(), b"edited\n")
        self.verify()
        for cut in range(1, 30):
            left = Countdown(cut)
            with mock.patch("os.rename", left.until(os.rename)), suppress(KeyboardInterrupt):
                self.receive(self.env)
            for path in ENVIRONMENT:
                self.assertTrue((self.paths.env(ENV) / path).is_file())
            subprocess.run([self.paths.env(ENV) / "bin/python", "-c", "pass"], check=True)
            if left.calls > 0:
                break
            self.assertTrue(is_marked(self.paths, ENV))
        self.assertGreater(cut, 5)
        self.assertEqual(self.found(), [])

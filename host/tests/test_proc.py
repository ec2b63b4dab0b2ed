"""What /proc tells of processes."""

from __future__ import annotations

import os
import subprocess
import unittest
from pathlib import Path

from graceful.process.proc import descends, look_up, processes_of

from .supervisord_site import alive, wait_for


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

"""What steps aside while it ends: itself, its own session, and nothing that others are in."""

from __future__ import annotations

import os
import re
import subprocess
import unittest
from pathlib import Path

from graceful.process.aside import LAST, members, step_aside


def _session(pid: int) -> int:
    """The nice value of the session that a process is in."""
    found = re.search(r"nice (-?\d+)", Path(f"/proc/{pid}/autogroup").read_text())
    return int(found[1]) if found else 0


class Aside(unittest.TestCase):
    def _sleeper(self, own_session: bool) -> int:
        process = subprocess.Popen(["sleep", "60"], start_new_session=own_session)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process.pid

    def test_a_session_of_its_own(self) -> None:
        pid = self._sleeper(own_session=True)
        step_aside([pid])
        self.assertEqual(LAST, os.getpriority(os.PRIO_PROCESS, pid))
        self.assertEqual(LAST, _session(pid))

    def test_not_the_session_that_others_are_in(self) -> None:
        before = _session(os.getpid())
        pid = self._sleeper(own_session=False)
        step_aside([pid])
        self.assertEqual(LAST, os.getpriority(os.PRIO_PROCESS, pid))
        self.assertEqual(before, _session(os.getpid()))

    def test_what_is_gone_is_no_matter(self) -> None:
        process = subprocess.Popen(["true"])
        process.wait()
        step_aside([process.pid])

    def test_members_of_what_has_no_group(self) -> None:
        # The path of none would be that of the group of all.
        self.assertEqual([], members(""))
        self.assertEqual([], members("/no-such.slice"))

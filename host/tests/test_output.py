"""Output that cannot be written ends with an exit code that is listed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from unittest import TestCase

from graceful.cli.codes import UNUSABLE_HOST

PROGRAM = "import sys; from graceful.cli.output import put; sys.exit(put('told') or 0)"


def ended(output: int) -> tuple[int, str]:
    """Exit code and standard error of a program that tells something on this output."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        cwd=Path(__file__).parents[1],
        stdout=output,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stderr


class Output(TestCase):
    def test_a_full_disk_is_told(self) -> None:
        with open("/dev/full", "wb") as full:
            self.assertEqual(
                ended(full.fileno()),
                (UNUSABLE_HOST, "graceful: standard output cannot be written: No space left on device\n"),
            )

    def test_a_reader_who_has_had_enough_is_no_fault(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        self.addCleanup(os.close, writing)
        self.assertEqual(ended(writing), (0, ""))

    def test_what_can_be_written_is(self) -> None:
        reading, writing = os.pipe()
        self.assertEqual(ended(writing), (0, ""))
        os.close(writing)
        with open(reading, "rb") as told:
            self.assertEqual(told.read(), b"told\n")

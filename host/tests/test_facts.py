"""What the host tells of its Pythons."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from unittest import mock

from graceful.facts import pythons


class Pythons(unittest.TestCase):
    def test_each_minor_once_whatever_they_are_called(self) -> None:
        with tempfile.TemporaryDirectory(prefix="graceful-unit-") as folder:
            for name, abi in (("python3.97", "plain"), ("python3.98", "free-threaded")):
                script = Path(folder) / name
                script.write_text(f'#!/bin/sh\necho \'{{"version": "3.97.1", "abi": "{abi}"}}\'\n')
                script.chmod(0o755)
            with mock.patch("graceful.facts.FOLDERS", (folder,)):
                found = pythons.__wrapped__()
        self.assertEqual([python["abi"] for python in found if python["minor"] == "3.97"], ["plain"])
        self.assertEqual(len({python["minor"] for python in found}), len(found))

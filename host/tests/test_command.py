"""The site's own command, before there is what it runs."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from unittest import TestCase

from graceful.cli.codes import UNUSABLE_HOST

COMMAND = (Path(__file__).parents[2] / "examples" / "host" / "shop.command").read_text()


class Command(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.program = self.folder / "graceful"
        for tool in ("id", "sh"):
            found = next(path for path in (f"/usr/bin/{tool}", f"/bin/{tool}") if os.path.exists(path))
            (self.folder / tool).symlink_to(found)

    def called(self) -> tuple[int, str]:
        script = COMMAND.replace("/srv/shop/bin/graceful", str(self.program))
        # No other tool can be found: there is no sudo.
        done = subprocess.run(
            ["/bin/sh", "-c", script, "shop", "status"],
            env={"PATH": str(self.folder)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stderr

    def test_before_the_first_deploy_it_says_so(self) -> None:
        code, told = self.called()
        self.assertEqual(code, UNUSABLE_HOST)
        self.assertRegex(
            told, r"^shop: there is no \S+/graceful yet: the first deploy of this site brings it\n$"
        )

    def test_without_sudo_it_says_so(self) -> None:
        self.program.write_text("#!/bin/sh\n")
        self.program.chmod(0o755)
        self.assertEqual(
            self.called(),
            (UNUSABLE_HOST, "shop: sudo is needed to become the user deploy, and is not installed\n"),
        )

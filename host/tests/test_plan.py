"""What a plan asks: which migrations the database has, and what stands in the way; nothing is changed by it."""

from __future__ import annotations

import sys
from unittest import mock

from graceful.operation.applied import ANSWER, PATIENCE, PROGRAM, applied
from graceful.release.shared import Shared, settle_shared

from .plain_site import PlainSite, load_tests
from .support import R1

__all__ = ["load_tests"]


class Applied(PlainSite):
    def told(self, program: str) -> dict[str, object]:
        """What is told where this is what `manage` does."""
        command = [sys.executable, "-I", "-c", program]
        with mock.patch.object(self.manager, "manage", lambda _: command):
            return applied(self.context())

    def test_nothing_is_live(self) -> None:
        self.assertEqual(
            self.told("raise AssertionError"),
            {"type": "applied", "migrations": None, "why": "nothing is live yet that could be asked"},
        )

    def test_what_the_live_release_finds(self) -> None:
        self.put_live(self.staged(R1))
        answer = '["auth.0001_initial", "orders.0002_note"]'
        said = f"import sys; print('5 objects imported'); print('{ANSWER}{answer}') if sys.argv[1:3] == ['shell', '-c'] else 1"
        told = {"type": "applied", "migrations": ["auth.0001_initial", "orders.0002_note"], "why": None}
        self.assertEqual(self.told(said), told)

    def test_why_there_is_no_answer(self) -> None:
        self.put_live(self.staged(R1))
        told = self.told("print('Traceback', flush=True); raise SystemExit('OperationalError: no such host')")
        self.assertIsNone(told["migrations"])
        self.assertEqual(
            told["why"],
            "the live release could not ask its database: exit status 1; Traceback; OperationalError: no such host",
        )
        late = self.told("import os, signal; os.kill(os.getpid(), signal.SIGALRM)")
        self.assertEqual(
            late["why"], f"the live release could not ask its database: no answer within {PATIENCE} s"
        )

    def test_the_program_is_one_line_of_python(self) -> None:
        self.assertNotIn("\n", PROGRAM)
        compile(PROGRAM, "program", "exec")


class Looking(PlainSite):
    def test_shared_folders_are_judged_and_not_made(self) -> None:
        shared = Shared(["data", "media/deep"], [".env", "etc/key"], ["media/deep"])
        self.assertEqual(settle_shared(self.paths, shared, self.owner.looking()), [])
        self.assertFalse(self.paths.shared.exists())
        self.paths.shared.mkdir()
        (self.paths.shared / "data").write_text("no folder")
        faults = settle_shared(self.paths, shared, self.owner.looking())
        self.assertEqual(len(faults), 1)
        self.assertIn("is no folder", faults[0]["what"])
        self.assertEqual([path.name for path in self.paths.shared.iterdir()], ["data"])

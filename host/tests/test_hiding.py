"""Secrets of releases that are on the host are in nothing that any operation tells or journals."""

from __future__ import annotations

import json
import os

from graceful.cli.terminal import Terminal
from graceful.operation.channel import outcome_of
from graceful.operation.context import Context
from graceful.operation.going import run_activate
from graceful.operation.hiding import Secrets, parts_of
from graceful.operation.recover import recover
from graceful.serve.follow import Operations
from graceful.site.paths import SitePaths

from .plain_site import ASKED, PlainSite
from .plain_site import load_tests as load_tests
from .support import R1, R2, R3

PASSWORD = "correct-horse"


class Quiet(Terminal):
    """Follows an operation to its end."""

    def send_raw(self, line: bytes) -> None:
        return


class Hiding(PlainSite):
    def keep(self, release: str, env: dict[str, str], *secrets: str) -> None:
        """What a release keeps of its deploy; without `secrets` as older programs did."""
        paths = self.paths.release(release)
        paths.env.write_text(json.dumps(env))
        if secrets:
            paths.secrets.write_text(json.dumps(secrets))

    def setUp(self) -> None:
        super().setUp()
        for release in (R1, R2):
            self.staged(release)
        self.keep(R1, {"PASSWORD": PASSWORD, "LANGUAGE": "dutch"}, "PASSWORD", "GONE")

    def test_those_given_and_those_of_every_release_whenever_it_came(self) -> None:
        secrets = Secrets(self.paths, ["given"])
        self.assertEqual(list(secrets), ["given", PASSWORD])
        self.keep(R2, {"TOKEN": "second"}, "TOKEN")
        self.staged(R3)
        self.keep(R3, {"PASSWORD": "third"})
        self.assertEqual(sorted(secrets), [PASSWORD, "given", "second"])
        self.paths.release(R2).env.write_text("torn")
        self.assertEqual(parts_of(Secrets(self.paths, ["given"])), [PASSWORD, "given"])

    def test_before_the_first_release(self) -> None:
        self.assertEqual(list(Secrets(SitePaths(self.top, self.top, self.top))), [])

    def told(self, context: Context) -> None:
        """That the outcome has *** for what the site printed, and that the password is in no record."""
        ended = outcome_of(context.folder)
        assert ended is not None
        self.assertIn("password: ***", ended["failure"]["log"])
        self.journalled(context)
        self.assertNotIn(PASSWORD, (context.folder / "events").read_text())

    def journalled(self, context: Context, *fields: str) -> None:
        raw = self.paths.journal.read_text()
        self.assertNotIn(PASSWORD, raw)
        records = [record for record in map(json.loads, raw.splitlines()) if record["op"] == context.name]
        for field in fields:
            self.assertTrue(any("***" in str(record.get(field)) for record in records), field)

    def test_an_operation_that_was_sent_no_secrets(self) -> None:
        asked = self.context()
        self.how(R1, start="broken", says=f"password: {PASSWORD}")
        woken, wakes = os.pipe()
        self.addCleanup(os.close, woken)
        self.addCleanup(os.close, wakes)
        operations = Operations(asked, Quiet(woken, asked.name))
        operations.run(lambda context: run_activate(context, R1, ASKED), None)
        self.told(asked)

    def test_a_recovery(self) -> None:
        died = self.context()
        died.folder.mkdir()
        died.journal.write(
            "begin", kind="activate", release=R1, commit="", old=None, old_backend=None, origin={}
        )
        died.journal.write("start", backend=f"{R1}.1", dotenv=None)
        (self.paths.root / f"{R1}.1.log").write_text(f"password: {PASSWORD}\n")
        recover(self.context())
        self.told(died)

    def test_what_the_site_answered(self) -> None:
        self.put_live(R2)
        self.tell.at["verify"] = lambda: self.how(R1, through=302, location=f"/?{PASSWORD}")
        asked = self.context()
        ended = run_activate(asked, R1, ASKED)
        self.assertEqual(ended["result"], "fell-back")
        self.journalled(asked, "why", "message")

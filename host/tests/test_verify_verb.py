"""The verb, at a terminal and over the channel; and a deploy of what is live already, after damage was found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from graceful.release.damage import note_damage
from graceful.serve.preflight import _differences
from graceful.store.damaged import make_damaged, mark_env, unmark_env
from graceful.version import PROTOCOL, VERSION
from graceful.wire import Message

from .plain_site import PlainSite
from .plain_site import load_tests as load_tests
from .support import ENV, R1, R2, sha256
from .verify_case import SAME, VerifyCase, damage

HOST = Path(__file__).parents[1]
PROGRAM = f"import sys; sys.path.insert(0, {str(HOST)!r}); from graceful.cli import main; main()"
DAMAGED = "the live release is damaged, as `graceful verify` has found"


class Verb(VerifyCase):
    def setUp(self) -> None:
        super().setUp()
        self.paths.bin.mkdir()
        (self.paths.bin / "graceful").write_bytes(b"")
        told = {"site": "shop", "root": str(self.paths.root), "store": str(self.paths.store)}
        (self.paths.root / "site.json").write_text(
            json.dumps({**told, "manager": "supervisord", "processes": ["web"]})
        )

    def graceful(self, *argv: str, given: str = "") -> tuple[int, str, str]:
        """Exit code and output of a command on the host."""
        done = subprocess.run(
            [sys.executable, "-B", "-c", PROGRAM, *argv],
            cwd=self.paths.root,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def test_where_nothing_is_damaged(self) -> None:
        code, told, _ = self.graceful("verify")
        self.assertEqual(code, 0)
        self.assertRegex(told, r"^No damage; read: \d+ objects and \d+ files, \d+\.\d MB in \d+\.\d s\.\n$")

    def test_each_damage_with_whom_it_concerns_and_what_comes_of_it(self) -> None:
        damage(self.object(SAME))
        code, told, _ = self.graceful("verify")
        self.assertEqual(code, 1)
        root, lines = self.paths.root, told.splitlines()
        self.assertEqual(
            lines[:2],
            [
                f"{self.object(SAME)}: has other content; expected: a file with SHA-256 {sha256(SAME)}",
                f"    object of {R2} (current) in {root}, {R1} (previous) in {root}",
            ],
        )
        self.assertRegex(lines[2], "^1 damage; read: ")
        self.assertIn("the next deploy that needs it brings it again", lines[3])

    def test_as_json(self) -> None:
        damage(self.object(SAME))
        code, told, _ = self.graceful("verify", "--json")
        self.assertEqual(code, 1)
        one = json.loads(told)
        self.assertEqual((one["site"], one["count"], len(one["damages"])), ("shop", 1, 1))
        self.assertNotIn("more", one)

    def test_before_the_first_deploy(self) -> None:
        self.paths.store.rename(self.top / "gone")
        code, _, told = self.graceful("verify")
        self.assertEqual(code, 64)
        self.assertIn("nothing was deployed here yet", told)

    def session(self, verb: str) -> list[dict[str, Any]]:
        """What is answered to `verify` in a session for this verb."""
        hello = {
            **{"type": "hello", "protocol": PROTOCOL, "program": "", "programBytes": 0, "version": VERSION},
            **{"site": "shop", "root": str(self.paths.root), "manager": "supervisord", "verb": verb},
            **{"token": "a" * 32, "origin": {}},
        }
        given = "".join(json.dumps(one) + "\n" for one in (hello, {"type": "verify"}))
        _, told, said = self.graceful("serve", given=given)
        answers = [json.loads(line) for line in told.splitlines()]
        self.assertEqual([answers[0]["type"], answers[0]["ticket"]], ["welcome", None], said)
        return answers[1:]

    def test_over_the_channel(self) -> None:
        damage(self.object(SAME))
        [answer] = self.session("verify")
        self.assertEqual((answer["type"], answer["count"], answer["more"]), ("verified", 1, False))
        self.assertFalse(self.object(SAME).exists())

    def test_only_in_a_session_for_it(self) -> None:
        damage(self.object(SAME))
        [answer] = self.session("status")
        self.assertEqual(
            (answer["type"], answer["message"]), ("error", "this session is for status, not for verify")
        )
        self.assertTrue(self.object(SAME).exists())


class Unchanged(PlainSite):
    """A deploy of what is live is not needed; of what is live and damaged it is."""

    def setUp(self) -> None:
        super().setUp()
        self.put_live(self.staged(R1))
        self.paths.release(R1).env.write_text("{}")

    def reasons(self) -> list[str]:
        asked = {"deployKey": "d" * 64, "env": {}}
        return _differences(self.context(), Message(asked, "preflight"), R1)

    def test_the_release(self) -> None:
        self.assertEqual(self.reasons(), [])
        note_damage(self.paths, [R2], {"assets/a": ("0" * 64, False)})
        self.assertEqual(self.reasons(), [])
        note_damage(self.paths, [R1, R2], {})
        self.assertEqual(self.reasons(), [DAMAGED])
        note_damage(self.paths, [], {})
        self.assertEqual(self.reasons(), [])

    def test_its_environment_which_another_site_may_have_found(self) -> None:
        make_damaged(self.paths, self.owner)
        mark_env(self.paths, self.owner, ENV)
        self.assertEqual(self.reasons(), [DAMAGED])
        unmark_env(self.paths, ENV)
        self.assertEqual(self.reasons(), [])

    def test_a_note_that_cannot_be_read_holds_nothing_up(self) -> None:
        self.paths.damage.write_bytes(b'{"releases"')
        self.assertEqual(self.reasons(), [])

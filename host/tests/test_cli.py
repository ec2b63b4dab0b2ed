"""The command line, its help and its documentation agree."""

from __future__ import annotations

import re
import unittest
from argparse import Action, ArgumentParser, _SubParsersAction
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from graceful.cli.codes import BAD_INPUT, CODES, UNUSABLE_HOST
from graceful.cli.command import parser

DOCS = (Path(__file__).parents[2] / "docs" / "host-command.md").read_text()
#: Told once for all verbs, at the top of the page.
COMMON = {"--help", "-h", "--reason", "--lock-timeout"}


def verbs() -> dict[str, ArgumentParser]:
    found = next(action for action in parser()._actions if isinstance(action, _SubParsersAction))
    return dict(found.choices)


def section(verb: str) -> str:
    """What the page says of a verb."""
    told = re.search(rf"^### `{verb}`\n(.*?)(?=^##|\Z)", DOCS, re.MULTILINE | re.DOTALL)
    return told[1] if told else ""


def options(verb: ArgumentParser) -> list[Action]:
    return [action for action in verb._actions if action.option_strings]


class Documented(unittest.TestCase):
    def test_every_verb_has_a_section_and_no_other(self) -> None:
        self.assertEqual(sorted(re.findall(r"^### `([a-z]+)`$", DOCS, re.MULTILINE)), sorted(verbs()))

    def test_every_option_of_a_verb_stands_in_its_section_and_no_other(self) -> None:
        for name, verb in verbs().items():
            known = {word for action in options(verb) for word in action.option_strings} - COMMON
            told = set(re.findall(r"`(--?[a-z][a-z-]*)", section(name))) - COMMON
            with self.subTest(name):
                self.assertEqual(told - known, set())
                self.assertEqual({word for word in known if word.startswith("--")} - told, set())

    def test_the_common_options_are_told_once(self) -> None:
        top = DOCS[: DOCS.index("## Exit codes")]
        for option in COMMON - {"-h"}:
            self.assertIn(option, top)

    def test_exit_codes(self) -> None:
        rows = dict(re.findall(r"^\| `(\d+)` \| (.*) \|$", DOCS, re.MULTILINE))
        for result, code in CODES.items():
            self.assertIn(f"`{result}`", rows[str(code)])
        self.assertLessEqual({str(BAD_INPUT), str(UNUSABLE_HOST)}, rows.keys())


class Help(unittest.TestCase):
    def test_every_verb_and_every_option_says_what_it_is(self) -> None:
        for name, verb in verbs().items():
            with self.subTest(name):
                self.assertRegex(verb.description or "", r"^[A-Z`].{10,}\.$")
                for action in options(verb):
                    self.assertTrue(action.help, action.option_strings)

    def test_the_whole_help_names_every_verb(self) -> None:
        for name in verbs():
            self.assertRegex(parser().format_help(), rf"\n    {name}\s")

    def test_wrong_use_has_the_code_of_wrong_use(self) -> None:
        for argv in (["nothing"], ["clean", "--keep", "0"], ["logs", "--since", "5"], ["stop", "--f"], []):
            with self.subTest(argv), redirect_stderr(StringIO()) as told:
                with self.assertRaises(SystemExit) as caught:
                    parser().parse_args(argv)
                self.assertEqual(caught.exception.code, BAD_INPUT)
                self.assertIn("usage: graceful", told.getvalue())

    def test_it_is_called_what_people_call_it(self) -> None:
        site = "graceful.cli.site"
        with TemporaryDirectory() as folder, mock.patch(f"{site}.COMMANDS", Path(folder)):
            self.assertEqual(parser().prog, "graceful")
            with (
                mock.patch(f"{site}.root", return_value=Path("/srv/shop")),
                mock.patch(f"{site}.site_of_root", return_value=mock.Mock()) as of,
            ):
                of.return_value.name = "shop"
                self.assertEqual(parser().prog, "graceful")
                Path(folder, "shop").touch(0o755)
                self.assertEqual(parser().prog, "shop")

    def test_an_empty_name_is_no_name_that_was_left_out(self) -> None:
        named = (
            ["rollback", ""],
            ["manage", "--release", "", "check"],
            ["stop", " "],
            ["logs", ""],
            ["outcome", ""],
        )
        for argv in (*named, ["switch", ""], ["delete", ""]):
            with self.subTest(argv), redirect_stderr(StringIO()) as told:
                with self.assertRaises(SystemExit) as caught:
                    parser().parse_args(argv)
                self.assertEqual(caught.exception.code, BAD_INPUT)
                self.assertIn("this name is empty", told.getvalue())
        self.assertIsNone(parser().parse_args(["rollback"]).release)

    def test_whatever_changes_something_may_wait_and_say_why(self) -> None:
        telling = {"status", "releases", "history", "outcome", "logs", "manage", "serve", "tick", "verify"}
        for name, verb in verbs().items():
            known = {word for action in options(verb) for word in action.option_strings}
            with self.subTest(name):
                self.assertEqual({"--reason", "--lock-timeout"} <= known, name not in telling)

    def test_what_no_number_may_be_is_told(self) -> None:
        with redirect_stderr(StringIO()) as told, self.assertRaises(SystemExit):
            parser().parse_args(["history", "-n", "999999999"])
        self.assertIn("no whole number from 1 to 999999", told.getvalue())


if __name__ == "__main__":
    unittest.main()

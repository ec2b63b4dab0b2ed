"""`bin/<process>`: the only place that makes a process's environment."""

from __future__ import annotations

import json
import os
import subprocess
import unittest
from typing import Any

from graceful.release.folder import make_release
from graceful.release.launcher import environment, parse_dotenv

from .support import ENV, R1, SiteCase, release_spec


class Dotenv(unittest.TestCase):
    def reads(self, text: str, **wanted: str) -> None:
        with self.subTest(text):
            self.assertEqual(parse_dotenv(text), wanted)

    def test_plain(self) -> None:
        self.reads("A=1\nB=two words\n", A="1", B="two words")
        self.reads("A=1", A="1")
        self.reads("A=  padded  \n", A="padded")
        self.reads(" A = 1 \n", A="1")
        self.reads("A=postgres://u:p=q@h/d?x=1&y=2\n", A="postgres://u:p=q@h/d?x=1&y=2")
        self.reads("A==\n", A="=")
        self.reads("_A1=x\n", _A1="x")

    def test_empty(self) -> None:
        self.reads("")
        self.reads("\n\n")
        self.reads("A=\nB=2\n", A="", B="2")
        self.reads("A=''\nB=\"\"\n", A="", B="")

    def test_comments(self) -> None:
        self.reads("# A=1\n  # it's \"B=2\nC=3 # three\nD=4\t# four\n", C="3", D="4")
        self.reads("A=x#y\nB=#z\n", A="x#y", B="")
        self.reads("A='a # b' # c\nB=\"a # b\" # c\n", A="a # b", B="a # b")
        self.reads("A='x'#y\nB=\"x\"#y\n", A="x", B="x")

    def test_export(self) -> None:
        self.reads("export A=1\n\texport  B='2'\nexported=3\n", A="1", B="2", exported="3")

    def test_single_quotes_hold_what_stands_there(self) -> None:
        self.reads("A='$x \\n \"y\" \\'\n", A='$x \\n "y" \\')
        self.reads("A='  '\n", A="  ")

    def test_double_quotes_know_escapes(self) -> None:
        self.reads('A="a\\nb\\tc\\rd"\n', A="a\nb\tc\rd")
        self.reads('A="say \\"hi\\" \\\\n \\$x"\n', A='say "hi" \\n $x')
        self.reads('A="\\d+ \\é"\n', A="\\d+ \\é")
        self.reads('A="it\'s"\n', A="it's")

    def test_many_lines(self) -> None:
        key = "-----BEGIN KEY-----\nabc=\n# no comment\nB=2\n-----END KEY-----"
        self.reads(f'A="{key}"\nC=3\n', A=key, C="3")
        self.reads(f"A='{key}\n'\nC=3\n", A=f"{key}\n", C="3")

    def test_carriage_returns(self) -> None:
        self.reads("A=1\r\nB='2'\r\nC=\"3\r\n4\"\r\n", A="1", B="2", C="3\n4")

    def test_unicode(self) -> None:
        self.reads("A=größer 🎈\nB='ß'\n", A="größer 🎈", B="ß")

    def test_quotes_inside_plain_values(self) -> None:
        self.reads("A=it's\nB=say \"hi\"\nC='x\n", A="it's", B='say "hi"', C="'x")
        self.reads("A='x' y\n", A="'x' y")

    def test_the_last_one_counts(self) -> None:
        self.reads("A=1\nA=2\n", A="2")

    def test_what_is_no_variable_is_passed_over(self) -> None:
        self.reads("1A=1\nA-B=2\nno line\n=3\nC=4\n", C="4")

    def test_a_long_value_takes_no_time(self) -> None:
        long = "\\\\x" * 20_000
        self.assertEqual(len(parse_dotenv(f'A="{long}"\nB="{long}\n')["A"]), 40_000)


class Environment(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.spec = {
            "folder": str(self.top / "release"),
            "dotenv": str(self.paths.dotenv),
            "release": R1,
            "commit": "abc",
        }
        (self.top / "release").mkdir()
        self.paths.shared.mkdir()
        self.freeze({})

    def freeze(self, env: dict[str, str]) -> None:
        (self.top / "release/env").write_text(json.dumps(env), encoding="utf-8")

    def test_order_of_precedence(self) -> None:
        self.paths.dotenv.write_text("B=dotenv\nC=dotenv\nGRACEFUL_RELEASE=dotenv\n")
        self.freeze(
            {"C": "release", "D": "release", "GRACEFUL_COMMIT": "release", "PYTHONDONTWRITEBYTECODE": ""}
        )
        found = environment(self.spec, {"A": "unit", "B": "unit", "C": "unit", "PATH": "/bin"})
        venv = f"{self.top}/release/venv"
        self.assertEqual(
            found,
            {
                "A": "unit",
                "B": "dotenv",
                "C": "release",
                "D": "release",
                "PATH": f"{venv}/bin:/bin",
                "VIRTUAL_ENV": venv,
                "GRACEFUL_RELEASE": R1,
                "GRACEFUL_COMMIT": "abc",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )

    def test_without_a_dotenv_file(self) -> None:
        self.freeze({"A": "größer\n🎈"})
        self.assertEqual(environment(self.spec, {})["A"], "größer\n🎈")

    def test_a_byte_order_mark_is_no_part_of_the_first_name(self) -> None:
        self.paths.dotenv.write_bytes("\ufeffA=1\r\nB=ü\r\n".encode())
        found = environment(self.spec, {})
        self.assertEqual((found["A"], found["B"]), ("1", "ü"))

    def test_a_dotenv_file_that_cannot_be_read_is_no_missing_one(self) -> None:
        self.paths.dotenv.mkdir()
        self.assertRaises(OSError, environment, self.spec, {})


PYTHON = """#!/bin/sh
printf '%s\\0' "$(pwd -P)" "$FROM_DOTENV" "$FROM_RELEASE" "$GRACEFUL_RELEASE" "$0" "$@"
"""


class StartCommand(SiteCase):
    """The real file in the real folder; the environment's Python is a stand-in that tells what it was called with."""

    def setUp(self) -> None:
        super().setUp()
        python = self.paths.env(ENV) / "bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(PYTHON)
        python.chmod(0o755)
        self.paths.shared.mkdir()
        self.paths.dotenv.write_text('FROM_DOTENV="it\'s\\nhere"\nFROM_RELEASE=no\n')

    def run_process(self, name: str, *argv: str, run: str = "/run/x", **spec: Any) -> list[str]:
        """What the stand-in was called with: folder, two variables, the release, its own path, its arguments."""
        code = self.keep_tree({"manage.py": b"", "src/app.py": b""})
        told = release_spec(trees={"code": code, "static": None}, **spec)
        make_release(self.paths, told, {"FROM_RELEASE": "ß"}, self.owner)
        program = self.paths.release(R1).bin / name
        done = subprocess.run(
            [str(program), *argv],
            capture_output=True,
            env={"RUNTIME_DIRECTORY": run, "LANG": "C", "PYTHONPATH": "/nowhere"},
            cwd="/",
            timeout=30,
        )
        self.assertEqual(done.stderr, b"")
        return [os.fsdecode(part) for part in done.stdout.split(b"\0")[:-1]]

    def test_web(self) -> None:
        folder = self.paths.release(R1).folder
        self.assertEqual(
            self.run_process("web", f"{R1}.3"),
            [
                str(folder / "code"),
                "it's\nhere",
                "ß",
                R1,
                str(folder / "venv/bin/python"),
                "-m",
                "gunicorn",
                "--bind",
                "unix:/run/x/http.sock",
            ],
        )

    def test_another_process_finds_its_program_on_the_path_of_the_environment(self) -> None:
        command = ["python", "-n", "{backend}", "{run}/schedule", "{}", "{home}"]
        told = self.run_process(
            "worker", f"{R1}.4", processes={"web": {"argv": ["x"]}, "worker": {"argv": command}}
        )
        self.assertEqual(told[4], str(self.paths.release(R1).folder / "venv/bin/python"))
        self.assertEqual(told[5:], ["-n", f"{R1}.4", "/run/x/schedule", "{}", "{home}"])

    def test_manage_keeps_its_arguments_as_they_are(self) -> None:
        given = ["shell", "-c", "print('$HOME')  # {socket} {python}", "", "a b", "*", "ü", "--", "-x"]
        told = self.run_process("manage", *given, project="src")
        self.assertEqual(told[0], str(self.paths.release(R1).code / "src"))
        self.assertEqual(told[5:], ["manage.py", *given])

    def test_arguments_of_the_configuration_are_no_code(self) -> None:
        argv = ["{python}", "'\"\\n\n", 'json.loads("{}")', "__import__('os')", "${HOME}", "\\"]
        told = self.run_process("web", processes={"web": {"argv": argv}})
        self.assertEqual(told[5:], argv[1:])

    def test_a_socket_that_an_earlier_start_left_is_gone(self) -> None:
        run = self.top / "run"
        run.mkdir()
        (run / "http.sock").touch()
        (run / "http.sock.lock").symlink_to("4711")
        self.run_process("web", f"{R1}.3", run=str(run))
        self.assertEqual(list(run.iterdir()), [])

    def test_a_process_without_a_socket_leaves_that_of_another_alone(self) -> None:
        run = self.top / "run"
        run.mkdir()
        (run / "http.sock").touch()
        self.run_process("manage", "check", run=str(run))
        self.assertEqual([path.name for path in run.iterdir()], ["http.sock"])

    def test_a_program_of_the_environment_needs_no_path(self) -> None:
        server = self.paths.env(ENV) / "bin/serve"
        server.write_text(PYTHON)
        server.chmod(0o755)
        told = self.run_process("web", processes={"web": {"argv": ["serve", "--on", "{socket}"]}})
        program = self.paths.release(R1).venv / "bin/serve"
        self.assertEqual(told[4:], [str(program), "--on", "/run/x/http.sock"])

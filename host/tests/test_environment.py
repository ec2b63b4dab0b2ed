"""An environment tells which tree it was made of, whatever a runner says that has made another one of the same name."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from graceful.store.cleaning import clean_store
from graceful.store.environment import env_tree

from .support import ENV, R1, R2, R3
from .verify_case import ENVIRONMENT, IN_ENV, PACKAGES, VerifyCase, put

COMPILED = f"{PACKAGES}/django/__pycache__/views.cpython.pyc"


class MadeOf(VerifyCase):
    def setUp(self) -> None:
        super().setUp()
        self.code[R3] = self.code[R2]
        #: What another runner made of the same packages.
        self.other = "f" * 64

    def staged(self, release: str) -> str:
        """A release of the other runner's; returns the tree of its environment as its description has it."""
        self.place(self.paths, self.spec(release, build={"env": {"hash": ENV, "digest": self.other}}))
        build = json.loads(self.paths.release(release).manifest.read_bytes())["build"]
        self.assertEqual(build["env"]["hash"], ENV)
        return str(build["env"]["digest"])

    def named_otherwise(self) -> None:
        """The releases as an older program describes them."""
        for release in (R1, R2):
            manifest = self.paths.release(release).manifest
            told = json.loads(manifest.read_bytes())
            put(
                manifest, json.dumps({**told, "build": {"env": {"hash": ENV, "digest": self.other}}}).encode()
            )

    def config(self) -> Path:
        return self.paths.env(ENV) / "pyvenv.cfg"

    def test_a_release_names_the_tree_that_its_environment_was_made_of_here(self) -> None:
        self.assertEqual(env_tree(self.paths, ENV), self.env)
        self.assertEqual(self.staged(R3), self.env)

    def test_one_of_an_older_program_does_not_tell_and_the_runner_is_believed(self) -> None:
        put(self.config(), self.config().read_bytes().replace(b"graceful-tree", b"other"))
        self.assertIsNone(env_tree(self.paths, ENV))
        self.assertEqual(self.staged(R3), self.other)

    def test_one_that_is_mended_tells_what_it_was_mended_to(self) -> None:
        put(self.module(), b"edited\n")
        self.verify()
        self.env = self.known({**ENVIRONMENT, COMPILED: b"compiled elsewhere\n"})
        self.receive(self.env)
        self.assertEqual((self.paths.env(ENV) / COMPILED).read_bytes(), b"compiled elsewhere\n")
        self.assertEqual(env_tree(self.paths, ENV), self.env)

    def test_none_tells_nothing(self) -> None:
        self.assertIsNone(env_tree(self.paths, "b" * 64))

    def test_clean_up_keeps_it(self) -> None:
        self.named_otherwise()
        clean_store(self.paths, 0)
        self.assertTrue(self.paths.tree(self.env).is_file())

    def test_verify_compares_with_it(self) -> None:
        self.named_otherwise()
        self.assertEqual(self.found(), [])
        put(self.module(), b"edited\n")
        self.assertEqual(self.found(), [("environment", "changed", f"{IN_ENV}/{PACKAGES}/django/views.py")])

    def test_python_passes_over_it(self) -> None:
        command = [str(self.paths.env(ENV) / "bin/python"), "-c", "import sys; print(sys.prefix)"]
        told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        self.assertEqual(told.strip(), str(self.paths.env(ENV)))

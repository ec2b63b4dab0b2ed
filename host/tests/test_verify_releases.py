"""What verify finds in environments and releases."""

from __future__ import annotations

import os
import shutil

from .support import ENV, R1, R2, R3
from .verify_case import DJANGO, IN_ENV, VerifyCase, put


class Environments(VerifyCase):
    def test_missing_changed_and_added_files_are_told_apart(self) -> None:
        self.module().unlink()
        put(self.module("__init__.py"), b"edited\n")
        self.module("debugger.py").write_bytes(b"by hand\n")
        self.assertCountEqual(
            self.found(),
            [
                ("environment", "missing", f"{DJANGO}/views.py"),
                ("environment", "changed", f"{DJANGO}/__init__.py"),
                ("environment", "added", f"{DJANGO}/debugger.py"),
            ],
        )
        self.assertTrue(self.want(self.code[R2]).env)

    def test_what_is_made_on_the_host_has_to_be_there(self) -> None:
        env = self.paths.env(ENV)
        (env / "pyvenv.cfg").unlink()
        (env / "bin/python").unlink()
        (env / "bin/python").symlink_to("/no/such/python")
        told = [(one["kind"], os.path.relpath(one["path"], env)) for one in self.verify()["damages"]]
        self.assertCountEqual(
            told, [("missing", "pyvenv.cfg"), ("missing", "bin/python"), ("missing", "bin/python3")]
        )

    def test_one_that_is_gone(self) -> None:
        shutil.rmtree(self.paths.env(ENV))
        self.assertEqual(self.found(), [("environment", "missing", IN_ENV)])

    def test_one_that_nobody_uses_is_passed_over(self) -> None:
        (self.paths.envs / ("a" * 64)).mkdir()
        (self.paths.envs / f".{ENV}.77").mkdir()
        self.assertEqual(self.found(), [])

    def test_the_name_is_not_the_tree_s(self) -> None:
        """The same list of packages, built elsewhere, may come to other bytes; the host keeps what it got first."""
        other = self.known({"lib/other.py": b"another build\n"})
        self.paths.tree(other).unlink()
        build = {"env": {"hash": ENV, "digest": other}}
        self.code[R3] = self.code[R2]
        self.place(self.paths, self.spec(R3, build=build))
        self.assertEqual(self.found(), [])


class Releases(VerifyCase):
    def test_edited_code_is_told_and_left(self) -> None:
        views = self.release(R2) / "code/shop/views.py"
        put(views, b"mended in a hurry\n")
        (self.release(R2) / "code/note.txt").write_bytes(b"why")
        (self.release(R2) / "code/same.py").unlink()
        told = self.verify()
        self.assertCountEqual(
            [(one["part"], one["kind"], one["found"]) for one in told["damages"]],
            [
                ("code", "edited", "was edited"),
                ("code", "added", "was added"),
                ("code", "missing", "is missing"),
            ],
        )
        self.assertEqual(views.read_bytes(), b"mended in a hurry\n")
        self.assertIn("Edited code stays as it is", told["next"][0])

    def test_links_in_the_code(self) -> None:
        media = self.release(R2) / "code/media"
        media.unlink()
        media.symlink_to("/elsewhere")
        (self.release(R2) / "code/staticfiles").unlink()
        (self.release(R2) / "venv").unlink()
        self.assertCountEqual(
            [(one["part"], one["found"], one["expected"]) for one in self.verify()["damages"]],
            [
                ("code", "leads elsewhere", f"a link to {self.paths.shared / 'media'}"),
                ("code", "is missing", "a link to ../static"),
                ("environment", "is missing", f"a link to {self.paths.env(ENV)}"),
            ],
        )

    def test_static_files_and_the_release_s_id_among_them(self) -> None:
        put(self.release(R1) / "static/app.css", b"edited\n")
        put(self.release(R2) / "static/graceful.txt", b"other\n")
        self.assertCountEqual(
            self.found(),
            [
                ("static", "changed", f"releases/{R2}/static/graceful.txt"),
                ("static", "changed", f"releases/{R1}/static/app.css"),
            ],
        )

    def test_hashed_assets_are_told_once(self) -> None:
        put(self.paths.assets / "app.1234.css", b"edited\n")
        self.assertEqual(self.found(), [("asset", "changed", "assets/app.1234.css")])
        (self.paths.assets / "app.1234.css").unlink()
        self.assertEqual(self.found(), [("asset", "missing", "assets/app.1234.css")])

    def test_a_description_that_cannot_be_read(self) -> None:
        put(self.release(R1) / "release.json", b"{")
        told = self.verify()
        self.assertEqual(
            [(one["part"], one["releases"][0]["release"]) for one in told["damages"]], [("release", R1)]
        )
        self.assertIn("release.json is not JSON", told["damages"][0]["found"])

    def test_a_half_made_release_is_passed_over(self) -> None:
        (self.paths.releases / f".{R3}.draft").mkdir()
        self.assertEqual(self.found(), [])

    def test_a_release_of_a_store_that_was_moved_is_not_looked_at(self) -> None:
        old = self.top / "old"
        venv = self.release(R1) / "venv"
        venv.unlink()
        venv.symlink_to(old / "envs" / ENV)
        told = self.verify()
        self.assertEqual(told["damages"], [])
        self.assertEqual(told["notes"], [f"{self.release(R1)} is of the store {old}: not looked at."])

"""What verify finds in the store: objects and the manifests of trees."""

from __future__ import annotations

import os
from unittest import mock

from .support import R1, R2, sha256
from .verify_case import DJANGO, SAME, VerifyCase, damage


def stored(content: bytes) -> str:
    """Path of an object below the root."""
    return f".store/objects/{sha256(content)[:2]}/{sha256(content)}"


class Objects(VerifyCase):
    def test_one_that_is_in_all_code_is_named_with_every_release(self) -> None:
        damage(self.object(SAME))
        [told] = self.verify()["damages"]
        self.assertEqual(
            (told["path"], told["part"], told["kind"], told["found"], told["expected"]),
            (
                str(self.object(SAME)),
                "object",
                "changed",
                "has other content",
                f"a file with SHA-256 {sha256(SAME)}",
            ),
        )
        root = str(self.paths.root)
        self.assertEqual(
            told["releases"],
            [
                {"root": root, "release": R2, "tags": ["current"]},
                {"root": root, "release": R1, "tags": ["previous"]},
            ],
        )

    def test_it_does_not_count_as_there_any_more_nor_do_trees_that_name_it(self) -> None:
        damage(self.object(SAME))
        self.verify()
        self.assertFalse(self.object(SAME).exists())
        left = {path.name for path in (self.paths.store / "trees").iterdir()}
        self.assertEqual(left, {self.static, self.env})
        wanted = self.want(self.code[R2], self.static)
        self.assertEqual(list(wanted.trees), [self.code[R2]])
        self.assertEqual([key for key, lacks in wanted.objects.items() if lacks], [(sha256(SAME), False)])

    def test_a_hard_link_has_the_damage_too(self) -> None:
        damage(self.object(b"django's views\n"))
        self.assertEqual(
            self.found(),
            [
                ("object", "changed", stored(b"django's views\n")),
                ("environment", "changed", f"{DJANGO}/views.py"),
            ],
        )

    def test_one_that_is_missing(self) -> None:
        self.object(b"views 2\n").unlink()
        [told] = self.verify()["damages"]
        self.assertEqual((told["kind"], told["found"]), ("missing", "is missing"))
        self.assertEqual([one["release"] for one in told["releases"]], [R2])

    def test_its_mode_is_a_part_of_it(self) -> None:
        self.object(SAME).chmod(0o555)
        self.object(b"#!python\n", True).chmod(0o444)
        told = [(one["part"], one["found"], one["expected"]) for one in self.verify()["damages"]]
        program = f"an executable with SHA-256 {sha256(b'#!python' + bytes([10]))}"
        self.assertCountEqual(
            told,
            [
                ("object", "is executable", f"a file with SHA-256 {sha256(SAME)}"),
                ("object", "is not executable", program),
                ("environment", "is not executable", program),
            ],
        )

    def test_what_is_no_file_and_what_cannot_be_read(self) -> None:
        self.object(SAME).unlink()
        self.object(SAME).mkdir()
        looped = self.object(b"views 1\n")
        looped.unlink()
        looped.mkdir()
        looped.rmdir()
        looped.symlink_to(looped)
        self.assertCountEqual(
            [one["found"] for one in self.verify()["damages"]], ["is no file", "is no file"]
        )
        self.assertFalse(os.path.lexists(looped) or self.object(SAME).exists())

    def test_an_error_of_the_disk_is_damage_and_ends_nothing(self) -> None:
        bad = str(self.object(SAME))
        whole = open

        def opened(path: str, *rest: object, **named: object) -> object:
            if path == bad:
                raise OSError(5, "Input/output error", path)
            return whole(path, *rest, **named)  # type: ignore[call-overload]

        with mock.patch("graceful.store.compare.open", opened, create=True):
            [told] = self.verify()["damages"]
        self.assertEqual((told["kind"], told["found"]), ("unreadable", "cannot be read: Input/output error"))
        self.assertFalse(self.object(SAME).exists())

    def test_one_that_nobody_needs_and_what_is_none(self) -> None:
        digest = self.keep_object(b"left over")
        damage(self.paths.object(digest, False))
        strange = self.object(SAME).parent / "README"
        strange.write_bytes(b"hello")
        told = self.verify()["damages"]
        self.assertCountEqual(
            [(one["path"], one["kind"], one["releases"]) for one in told],
            [(str(self.paths.object(digest, False)), "changed", []), (str(strange), "added", [])],
        )

    def test_all_are_named_however_many_there_are(self) -> None:
        digests = [self.keep_object(b"%d" % number) for number in range(250)]
        for digest in digests:
            damage(self.paths.object(digest, False))
        self.assertEqual(self.verify()["count"], 250)


class Trees(VerifyCase):
    def test_a_damaged_manifest(self) -> None:
        damage(self.paths.tree(self.code[R2]))
        [told] = self.verify()["damages"]
        self.assertEqual((told["part"], told["path"]), ("tree", str(self.paths.tree(self.code[R2]))))
        self.assertEqual([one["tags"] for one in told["releases"]], [["current"]])
        self.assertEqual(list(self.want(self.code[R2]).trees), [self.code[R2]])
        # It is missing from then on, which harms what is live until it is deployed again.
        self.assertEqual(self.found(), [("tree", "missing", f".store/trees/{self.code[R2]}")])

    def test_a_missing_one_of_a_release_that_is_not_live_is_only_told(self) -> None:
        self.paths.tree(self.code[R1]).unlink()
        told = self.verify()
        self.assertEqual(told["count"], 0)
        self.assertIn(f"{R1} could not be compared", told["notes"][0])

    def test_that_of_the_environment(self) -> None:
        damage(self.paths.tree(self.env))
        self.assertEqual(self.found(), [("tree", "changed", f".store/trees/{self.env}")])
        wanted = self.want(self.env)
        self.assertEqual((wanted.env, list(wanted.trees)), (True, [self.env]))

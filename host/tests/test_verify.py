"""What verify finds, and whom it says that concerns."""

from __future__ import annotations

import os
import shutil
from unittest import mock

from graceful.errors import GracefulError
from graceful.operation import findings
from graceful.operation.verify import verify
from graceful.release.damage import is_damaged
from graceful.site.links import replace_link
from graceful.site.lock import locked
from graceful.site.paths import SitePaths
from graceful.store.lock import StoreBusy, StoreHold, store_alone

from .support import ENV, R1, R2, R3, sha256
from .verify_case import CODE_2, ENVIRONMENT, PACKAGES, SAME, STATIC, VerifyCase, damage, put

IN_ENV = f".store/envs/{ENV}"
DJANGO = f"{IN_ENV}/{PACKAGES}/django"


def stored(content: bytes) -> str:
    """Path of an object below the root."""
    return f".store/objects/{sha256(content)[:2]}/{sha256(content)}"


class Sound(VerifyCase):
    def test_nothing_is_found_and_nothing_is_changed(self) -> None:
        before = sorted(self.paths.root.rglob("*"))
        told = self.verify()
        self.assertEqual((told["count"], told["notes"], told["next"]), (0, [], []))
        self.assertEqual(sorted(self.paths.root.rglob("*")), before)

    def test_how_much_was_read(self) -> None:
        told = self.verify()
        objects = [path for path in (self.paths.store / "objects").rglob("*") if path.is_file()]
        self.assertEqual(told["objects"], len(objects))
        manifests = sum(path.stat().st_size for path in (self.paths.store / "trees").iterdir())
        copies = 2 * sum(map(len, CODE_2.values())) + 2 * len(f"{R1}\n")
        # Hard links to objects are not read again.
        read = sum(path.stat().st_size for path in objects) + manifests + copies
        self.assertEqual(told["bytes"], read)
        self.assertGreater(told["files"], 2 * (len(CODE_2) + len(STATIC)) + len(ENVIRONMENT))

    def test_what_the_host_makes_itself_and_what_python_compiles_is_no_damage(self) -> None:
        for folder in (self.module().parent, self.release(R2) / "code/shop"):
            (folder / "__pycache__").mkdir(exist_ok=True)
            (folder / "__pycache__/other.pyc").write_bytes(b"compiled here")
        self.assertEqual(self.found(), [])

    def test_neither_the_sites_lock_nor_one_who_sends_holds_it_up(self) -> None:
        hold = StoreHold(self.paths.store_lock)
        self.addCleanup(hold.release)
        with locked(self.paths.lock, {"kind": "deploy"}, 0):
            self.assertEqual(self.found(), [])

    def test_it_tells_how_far_it_is_and_holds_the_store_until_the_end(self) -> None:
        held: list[bool] = []

        def hear(_: object) -> None:
            try:
                with store_alone(self.paths.store_lock, 0):
                    held.append(False)
            except StoreBusy:
                held.append(True)

        with mock.patch.object(findings, "OFTEN", -1):
            verify(self.context(), hear)
        self.assertGreater(len(held), 20)
        self.assertEqual(held, [True] * (len(held) - 1) + [False])

    def test_a_site_without_a_store(self) -> None:
        shutil.rmtree(self.paths.store)
        with self.assertRaises(GracefulError) as caught:
            self.verify()
        self.assertEqual(caught.exception.message, "nothing was deployed here yet")


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


class Sharing(VerifyCase):
    """Two sites with one store."""

    def setUp(self) -> None:
        super().setUp()
        root = self.top / "berlin"
        root.mkdir()
        self.other = SitePaths(root, self.paths.store, self.paths.run)
        self.prepare(self.other, "berlin")
        self.code[R3] = self.known({**CODE_2, "shop/town.py": b"Berlin\n"})
        self.place(self.other, self.spec(R3))
        replace_link(self.other.current, f"releases/{R3}")

    def test_damage_concerns_whom_it_concerns(self) -> None:
        damage(self.object(b"Berlin\n"))
        [told] = self.verify()["damages"]
        self.assertEqual(
            told["releases"], [{"root": str(self.other.root), "release": R3, "tags": ["current"]}]
        )
        self.assertTrue(is_damaged(self.other, R3))
        self.assertFalse(is_damaged(self.paths, R2))

    def test_the_other_site_s_files_are_looked_at_too(self) -> None:
        put(self.other.release(R3).static / "app.css", b"edited\n")
        [told] = self.verify()["damages"]
        self.assertEqual(told["path"], str(self.other.release(R3).static / "app.css"))
        self.assertTrue(is_damaged(self.other, R3))

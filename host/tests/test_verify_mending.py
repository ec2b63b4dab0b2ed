"""What verify has found is mended by the next deploy, and nothing that runs is disturbed by that."""

from __future__ import annotations

import errno
import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Callable
from unittest import mock

from graceful.operation import verify as verifying
from graceful.release.damage import is_damaged, mend_files
from graceful.store.cleaning import clean_store
from graceful.store.damaged import is_marked, is_sound
from graceful.store.lock import StoreHold

from .support import ENV, R1, R2, R3, sha256
from .verify_case import ENVIRONMENT, SAME, VerifyCase, damage, put

VIEWS = b"django's views\n"


class Countdown:
    """A process that dies before its n-th of certain calls."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def until(self, call: Callable[..., object]) -> Callable[..., object]:
        def counted(*given: object, **named: object) -> object:
            self.calls -= 1
            if self.calls == 0:
                raise KeyboardInterrupt
            return call(*given, **named)

        return counted


class Deploys(VerifyCase):
    def test_the_next_deploy_sends_what_was_damaged_and_nothing_else(self) -> None:
        damage(self.object(SAME))
        damage(self.object(b"views 2\n"))
        damage(self.object(b"hashed\n"))
        self.verify()
        self.assertEqual(self.deploy(R3), 3)
        self.assertEqual(self.object(SAME).read_bytes(), SAME)
        self.assertEqual((self.release(R3) / "static/app.1234.css").read_bytes(), b"hashed\n")
        told = self.verify()
        self.assertEqual((told["damages"], told["notes"]), ([], []))
        self.assertEqual(list((self.paths.store / "damaged").glob("*/*")), [])
        self.assertFalse(self.paths.damage.exists())

    def test_static_files_and_assets_of_earlier_releases_are_mended_too(self) -> None:
        damage(self.object(b"hashed\n"))
        put(self.release(R1) / "static/app.css", b"edited\n")
        self.assertEqual(self.verify()["count"], 5)
        self.deploy(R3)
        for path in (self.release(R1) / "static/app.1234.css", self.paths.assets / "app.1234.css"):
            self.assertTrue(path.samefile(self.object(b"hashed\n")))
        self.assertEqual((self.release(R1) / "static/app.css").read_bytes(), b"plain\n")
        self.assertEqual(self.found(), [])

    def test_a_tree_of_an_earlier_release_comes_back_when_it_is_whole_again(self) -> None:
        damage(self.object(SAME))
        self.verify()
        self.assertFalse(self.paths.tree(self.code[R1]).exists())
        self.deploy(R3)
        self.verify()
        self.assertTrue(self.paths.tree(self.code[R1]).exists())

    def test_what_only_an_earlier_release_lacks_is_noted(self) -> None:
        damage(self.object(b"views 1\n"))
        self.assertEqual(self.verify()["count"], 1)
        told = self.verify()
        self.assertEqual(told["damages"], [])
        self.assertIn("lacks 1 objects of releases that are not live", told["notes"][0])

    def test_what_the_live_one_lacks_is_damage_until_it_is_sent(self) -> None:
        damage(self.object(b"views 2\n"))
        for kind in ("changed", "missing", "missing"):
            self.assertEqual([one["kind"] for one in self.verify()["damages"]], [kind])
        self.deploy(R3)
        self.assertEqual(self.found(), [])

    def test_a_damaged_manifest_is_sent_again(self) -> None:
        for digest in (self.code[R2], self.env):
            damage(self.paths.tree(digest))
        self.assertEqual(self.verify()["count"], 2)
        self.assertEqual(self.deploy(R3), 0)
        self.assertEqual(self.paths.tree(self.env).read_bytes(), self.contents[self.env])
        self.assertEqual(self.found(), [])

    def test_what_concerns_the_live_release_is_known_and_what_does_not_is_not_taken_for_it(self) -> None:
        put(self.release(R1) / "code/same.py", b"edited\n")
        self.verify()
        self.assertEqual((is_damaged(self.paths, R1), is_damaged(self.paths, R2)), (True, False))
        put(self.release(R2) / "code/same.py", b"edited\n")
        self.verify()
        self.assertTrue(is_damaged(self.paths, R2))
        put(self.release(R2) / "code/same.py", SAME)
        self.verify()
        self.assertFalse(is_damaged(self.paths, R2))

    def test_files_of_a_release_that_is_gone_hold_nothing_up(self) -> None:
        put(self.release(R1) / "static/app.css", b"edited\n")
        self.verify()
        self.release(R1).rename(self.top / "gone")
        self.assertEqual(mend_files(self.paths, self.owner), 0)


class Waiting(VerifyCase):
    def setUp(self) -> None:
        super().setUp()
        patched = mock.patch.object(verifying, "PATIENCE", 0.01)
        patched.start()
        self.addCleanup(patched.stop)

    def test_nothing_is_taken_from_under_a_deploy_that_sends(self) -> None:
        damage(self.object(SAME))
        damage(self.paths.tree(self.env))
        before = sorted(self.paths.root.rglob("*"))
        hold = StoreHold(self.paths.store_lock)
        told = self.verify()
        self.assertEqual(told["count"], 2)
        self.assertIn("somebody sends to the store. Run verify again", told["next"][0])
        self.assertEqual(sorted(self.paths.root.rglob("*")), before)
        hold.release()
        self.verify()
        self.assertFalse(self.object(SAME).exists())

    def test_what_a_deploy_has_put_right_since_it_was_looked_at_stays(self) -> None:
        damage(self.object(SAME))
        damage(self.object(VIEWS))
        damage(self.paths.tree(self.static))
        settle = verifying._settle

        def after_a_deploy(*given: object) -> list[str]:
            # One that was told nothing: it found by itself that these are not what they ought to be.
            for content in (SAME, VIEWS):
                put(self.object(content), content)
            put(self.paths.tree(self.static), self.contents[self.static])
            return settle(*given)  # type: ignore[arg-type]

        with mock.patch.object(verifying, "_settle", after_a_deploy):
            self.verify()
        self.assertEqual((self.object(SAME).read_bytes(), self.object(VIEWS).read_bytes()), (SAME, VIEWS))
        for digest in (self.static, self.env, *self.code.values()):
            self.assertTrue(self.paths.tree(digest).exists())

    def test_an_environment_that_a_deploy_has_mended_meanwhile_is_not_marked_again(self) -> None:
        put(self.module(), b"edited\n")
        self.verify()
        settle = verifying._settle

        def after_a_deploy(*given: object) -> list[str]:
            self.receive(self.env)
            return settle(*given)  # type: ignore[arg-type]

        with mock.patch.object(verifying, "_settle", after_a_deploy):
            self.assertEqual(self.verify()["count"], 1)
        self.assertTrue(is_sound(self.paths, ENV))

    def test_a_clean_up_in_between(self) -> None:
        damage(self.object(SAME))
        settle = verifying._settle

        def after_a_clean_up(*given: object) -> list[str]:
            for link in ("current", "previous"):
                (self.paths.root / link).unlink()
            self.paths.releases.rename(self.top / "gone")
            clean_store(self.paths, 0)
            return settle(*given)  # type: ignore[arg-type]

        with mock.patch.object(verifying, "_settle", after_a_clean_up):
            self.assertIn("does not count as there any more", self.verify()["next"][0])

    def test_a_full_disk_is_told_and_what_was_found_too(self) -> None:
        damage(self.object(SAME))
        full = OSError(errno.ENOSPC, "No space left on device")
        with mock.patch.object(verifying, "make_damaged", side_effect=full):
            told = self.verify()
        self.assertEqual(told["count"], 1)
        self.assertIn("counts as there still", told["next"][0])

    def test_wherever_it_is_cut_off_no_known_tree_names_what_was_taken_out(self) -> None:
        damage(self.object(SAME))
        damage(self.object(VIEWS))
        for cut in range(1, 30):
            left = Countdown(cut)
            renames = mock.patch("os.rename", left.until(os.rename))
            unlinks = mock.patch.object(Path, "unlink", left.until(Path.unlink))
            with renames, unlinks, suppress(KeyboardInterrupt):
                self.verify()
            for content in (SAME, VIEWS):
                trees = [path.read_bytes() for path in (self.paths.store / "trees").iterdir()]
                naming = [tree for tree in trees if sha256(content).encode() in tree]
                self.assertTrue(self.object(content).exists() or not naming)
            if left.calls > 0:
                break
        self.assertGreater(cut, 4)
        self.deploy(R3)
        self.assertEqual(self.found(), [])


class Environments(VerifyCase):
    def break_it(self) -> None:
        put(self.module(), b"edited\n")
        self.module("__init__.py").unlink()
        self.module("debugger.py").write_bytes(b"by hand\n")
        (self.paths.env(ENV) / "pyvenv.cfg").unlink()

    def test_it_is_mended_in_its_place(self) -> None:
        damage(self.object(VIEWS))
        self.break_it()
        inode = self.paths.env(ENV).stat().st_ino
        self.verify()
        self.assertFalse(is_sound(self.paths, ENV))
        self.assertEqual(self.deploy(R3), 1)
        self.assertEqual(self.found(), [])
        self.assertEqual(self.paths.env(ENV).stat().st_ino, inode)
        self.assertTrue(self.module().samefile(self.object(VIEWS)))
        self.assertEqual([path.name for path in self.paths.envs.iterdir()], [ENV])
        self.assertTrue(is_sound(self.paths, ENV))

    def test_without_a_byte_to_send(self) -> None:
        self.break_it()
        self.verify()
        self.assertEqual(self.deploy(R3), 0)
        self.assertEqual(self.found(), [])

    def test_files_and_folders_in_each_other_s_place(self) -> None:
        package = self.module().parent
        self.module().unlink()
        self.module().mkdir()
        (self.module() / "inner.py").write_bytes(b"")
        (package / "__pycache__/views.cpython.pyc").unlink()
        (package / "__pycache__").rmdir()
        (package / "__pycache__").write_bytes(b"no folder")
        (self.paths.env(ENV) / "lib64").unlink()
        (self.paths.env(ENV) / "lib64").symlink_to("/usr/lib")
        self.verify()
        self.deploy(R3)
        self.assertEqual(self.found(), [])
        self.assertEqual(os.readlink(self.paths.env(ENV) / "lib64"), "lib")

    def test_what_runs_from_it_finds_every_file_at_any_moment(self) -> None:
        put(self.module(), b"edited\n")
        self.verify()
        stop, lost, reads = threading.Event(), [], 0
        files = [self.paths.env(ENV) / path for path in ENVIRONMENT]

        def run() -> None:
            nonlocal reads
            while not stop.is_set():
                for path in files:
                    reads += 1
                    try:
                        path.read_bytes()
                    except OSError as error:
                        lost.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        before = reads
        self.receive(self.env)
        while reads < before + 100:
            pass
        stop.set()
        thread.join()
        self.assertEqual(lost, [])
        self.assertEqual(self.module().read_bytes(), VIEWS)

    def test_wherever_it_is_cut_off_it_is_there_whole_and_the_next_one_goes_on(self) -> None:
        put(self.module(), b"edited\n")
        self.verify()
        for cut in range(1, 30):
            left = Countdown(cut)
            with mock.patch("os.rename", left.until(os.rename)), suppress(KeyboardInterrupt):
                self.receive(self.env)
            for path in ENVIRONMENT:
                self.assertTrue((self.paths.env(ENV) / path).is_file())
            subprocess.run([self.paths.env(ENV) / "bin/python", "-c", "pass"], check=True)
            if left.calls > 0:
                break
            self.assertTrue(is_marked(self.paths, ENV))
        self.assertGreater(cut, 5)
        self.assertEqual(self.found(), [])


class Cleaning(VerifyCase):
    def test_a_clean_up_keeps_what_a_tree_that_was_set_aside_needs(self) -> None:
        damage(self.object(SAME))
        self.verify()
        clean_store(self.paths, 0)
        self.assertTrue(self.object(b"views 2\n").exists())
        self.assertEqual(self.deploy(R3), 1)

    def test_what_no_release_needs_any_more_goes(self) -> None:
        damage(self.object(b"views 1\n"))
        put(self.module(), b"edited\n")
        self.verify()
        self.assertTrue(self.paths.damaged_tree(self.code[R1]).exists())
        (self.paths.root / "previous").unlink()
        self.release(R1).rename(self.top / "gone")
        clean_store(self.paths, 0)
        self.assertFalse(self.paths.damaged_tree(self.code[R1]).exists())
        self.assertTrue(is_marked(self.paths, ENV))
        self.release(R2).rename(self.top / "gone too")
        clean_store(self.paths, 0)
        self.assertFalse(is_marked(self.paths, ENV))

    def test_a_damaged_manifest_removes_nothing(self) -> None:
        """A shorter one would let what it does not name any more go."""
        manifest = self.paths.tree(self.code[R2])
        put(manifest, manifest.read_bytes().splitlines(keepends=True)[0])
        with self.assertRaisesRegex(Exception, "is damaged"):
            clean_store(self.paths, 0)
        self.assertTrue(self.object(b"views 2\n").exists())

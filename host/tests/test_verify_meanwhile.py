"""A verify while others are at work on the store, and one that is cut off."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from unittest import mock

from graceful.operation import verify as verifying
from graceful.store.cleaning import clean_store
from graceful.store.damaged import is_sound
from graceful.store.lock import StoreHold

from .support import ENV, R3, sha256
from .verify_case import SAME, VIEWS, Countdown, VerifyCase, damage, put


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

"""What verify has found is mended by the next deploy, and a clean-up keeps what that needs."""

from __future__ import annotations

from graceful.release.damage import is_damaged, mend_files
from graceful.store.cleaning import clean_store
from graceful.store.damaged import is_marked

from .support import ENV, R1, R2, R3
from .verify_case import SAME, VerifyCase, damage, put


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

"""The store after clean-up, and assets after their releases."""

from __future__ import annotations

import json
import os
from pathlib import Path

from graceful.errors import GracefulError
from graceful.release.pruning import clean_assets, remember_assets, remove_release
from graceful.site.paths import SitePaths
from graceful.store.cleaning import clean_store, is_due
from graceful.store.lock import StoreBusy, StoreHold
from graceful.store.roots import register_root, registered_roots

from .support import ENV, R1, R2, SiteCase, release_json

OTHER_ENV = "b" * 64


class StoreCase(SiteCase):
    def release(self, paths: SitePaths, name: str, code: str, env: str = ENV) -> None:
        told = release_json(id=name, trees={"code": code, "static": None})
        folder = paths.release(name).folder
        folder.mkdir(parents=True)
        (folder / "release.json").write_text(json.dumps({**told, "env": {**told["env"], "hash": env}}))

    def environment(self, name: str) -> Path:
        folder = self.paths.envs / name
        folder.mkdir()
        (folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
        return folder


class CleanStore(StoreCase):
    def setUp(self) -> None:
        super().setUp()
        self.kept = self.keep_tree({"a.py": b"kept", "both.py": b"both"})
        self.gone = self.keep_tree({"b.py": b"gone", "both.py": b"both"})
        self.release(self.paths, R1, self.kept)
        self.environment(ENV)

    def objects(self) -> set[bytes]:
        return {path.read_bytes() for path in (self.paths.store / "objects").glob("*/*")}

    def test_what_no_release_needs_goes(self) -> None:
        other = self.environment(OTHER_ENV)
        half = self.environment(f".{OTHER_ENV}.77")
        cleaned = clean_store(self.paths, 0)
        self.assertEqual((cleaned.objects, cleaned.trees, cleaned.envs), (1, 1, 2))
        self.assertEqual(self.objects(), {b"kept", b"both"})
        self.assertEqual(sorted(path.name for path in (self.paths.store / "trees").iterdir()), [self.kept])
        self.assertFalse(other.exists() or half.exists())
        self.assertTrue(self.paths.env(ENV).is_dir())

    def test_an_object_that_is_linked_elsewhere_takes_no_room_and_stays(self) -> None:
        digest = self.keep_object(b"in an environment")
        os.link(self.paths.object(digest, False), self.paths.env(ENV) / "module.py")
        clean_store(self.paths, 0)
        self.assertIn(b"in an environment", self.objects())

    def test_every_registered_root_is_looked_at(self) -> None:
        root = self.top / "shop-berlin"
        other = SitePaths(root, self.paths.store, root / "run")
        self.release(other, R2, self.gone, OTHER_ENV)
        register_root(other, "shop-berlin", self.owner)
        register_root(other, "shop-berlin", self.owner)
        env = self.environment(OTHER_ENV)
        self.assertEqual(registered_roots(self.paths), [self.paths.root, root])
        clean_store(self.paths, 0)
        self.assertEqual(self.objects(), {b"kept", b"both", b"gone"})
        self.assertTrue(env.is_dir())

    def test_a_registered_root_that_is_not_there_keeps_everything(self) -> None:
        root = self.top / "elsewhere"
        register_root(SitePaths(root, self.paths.store, root / "run"), "elsewhere", self.owner)
        with self.assertRaises(GracefulError) as caught:
            clean_store(self.paths, 0)
        self.assertIn("elsewhere is registered", caught.exception.message)
        self.assertIn(str(self.paths.store / "roots/elsewhere"), caught.exception.next_step)
        self.assertEqual(self.objects(), {b"kept", b"both", b"gone"})

    def test_a_damaged_release_keeps_everything(self) -> None:
        self.paths.release(R1).manifest.write_bytes(b"{")
        with self.assertRaises(GracefulError):
            clean_store(self.paths, 0)
        self.assertEqual(self.objects(), {b"kept", b"both", b"gone"})

    def test_never_while_a_deploy_sends(self) -> None:
        hold = StoreHold(self.paths.store_lock)
        with self.assertRaises(StoreBusy):
            clean_store(self.paths, 0)
        hold.release()
        clean_store(self.paths, 0)
        self.assertNotIn(b"gone", self.objects())

    def test_due_once_a_day(self) -> None:
        self.assertFalse(is_due(self.paths))
        StoreHold(self.paths.store_lock).release()
        os.utime(self.paths.store_lock, (0, 0))
        self.assertTrue(is_due(self.paths))
        StoreHold(self.paths.store_lock).release()
        self.assertTrue(is_due(self.paths))
        clean_store(self.paths, 0)
        self.assertFalse(is_due(self.paths))


class Assets(StoreCase):
    """Invariant 9: a page finds its hashed assets for `static.keep` after its release last was live."""

    def setUp(self) -> None:
        super().setUp()
        self.paths.operations.mkdir()
        for name, files in ((R1, ("a.1.css", "both.css")), (R2, ("deep/a.2.css", "both.css"))):
            static = self.paths.release(name).static
            static.mkdir(parents=True)
            (static / "staticfiles.json").write_text(json.dumps({"paths": {file: file for file in files}}))
            for file in files:
                target = self.paths.assets / file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(b"")

    def assets(self) -> list[str]:
        return sorted(
            str(path.relative_to(self.paths.assets))
            for path in self.paths.assets.rglob("*")
            if path.is_file()
        )

    def prune(self, release: str, until: str) -> None:
        remember_assets(self.paths, release, until, self.owner)
        remove_release(self.paths, release)
        remove_release(self.paths, release)

    def test_kept_until_their_time_is_over(self) -> None:
        self.prune(R2, "2026-01-02")
        self.assertEqual(clean_assets(self.paths, {R2}, "2026-01-01", self.owner), 0)
        self.assertEqual(self.assets(), ["a.1.css", "both.css", "deep/a.2.css"])
        self.assertEqual(clean_assets(self.paths, set(), "2026-01-03", self.owner), 1)
        self.assertEqual(self.assets(), ["a.1.css", "both.css"])
        self.assertFalse((self.paths.assets / "deep").exists())
        self.assertEqual(json.loads(self.paths.pruned_assets.read_bytes()), {})

    def test_a_release_that_was_removed_by_hand_keeps_everything(self) -> None:
        remove_release(self.paths, R2)
        self.assertEqual(clean_assets(self.paths, {R2}, "2026-01-01", self.owner), 0)
        self.assertEqual(self.assets(), ["a.1.css", "both.css", "deep/a.2.css"])

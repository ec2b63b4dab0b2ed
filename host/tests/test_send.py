"""Sending trees back: what comes out is a pack as the runner makes it, of what is whole."""

from __future__ import annotations

import json

from graceful.errors import GracefulError
from graceful.site.paths import SitePaths
from graceful.store.assemble import make_store, read_tree
from graceful.store.cleaning import clean_store
from graceful.store.receive import keep_trees, receive_pack
from graceful.store.send import pack_trees

from .support import R1, SiteCase, release_json


class Send(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        large = b"line of a large file\n" * 50_000
        self.code = self.keep_tree({"a.py": b"same", "b.py": b"same", "bin/run": b"same", "large.txt": large})
        self.env = self.keep_tree({"lib/a.py": b"same", "lib/empty.py": b""}, {"lib/link.py": "a.py"})

    def test_a_store_takes_what_another_one_sends(self) -> None:
        root = self.paths.root / "other"
        root.mkdir()
        other = SitePaths(root, root / ".store", root / "run")
        make_store(other, self.owner)
        pack = pack_trees(self.paths, {"code": self.code, "env": self.env})
        manifests, objects = receive_pack(pack, other, self.owner)
        keep_trees(manifests, other, self.owner)
        # Each object once, whichever trees it is in: "same" as a file and as a program, the large and the empty one.
        self.assertEqual(objects, 4)
        for digest in (self.code, self.env):
            self.assertEqual(read_tree(other, digest), read_tree(self.paths, digest))

    def test_what_is_not_whole_is_refused(self) -> None:
        with self.assertRaisesRegex(GracefulError, "is not on this host"):
            list(pack_trees(self.paths, {"code": "f" * 64}))
        [entry] = [entry for entry in read_tree(self.paths, self.env) if entry.path == "lib/empty.py"]
        self.paths.object(entry.digest, False).unlink()
        with self.assertRaisesRegex(GracefulError, "the store lacks lib/empty.py"):
            list(pack_trees(self.paths, {"env": self.env}))

    def test_clean_up_keeps_the_tree_of_an_environment_that_a_release_names(self) -> None:
        told = release_json(id=R1, trees={"code": self.code, "static": None})
        folder = self.paths.release(R1).folder
        folder.mkdir(parents=True)
        manifest = folder / "release.json"
        manifest.write_text(json.dumps({**told, "build": {"env": {"digest": self.env}}}))
        self.assertEqual(clean_store(self.paths, 0).trees, 0)
        manifest.write_text(json.dumps(told))
        self.assertEqual(clean_store(self.paths, 0).trees, 1)

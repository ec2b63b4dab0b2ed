"""Sending trees back: what comes out is a pack as the runner makes it, of what is whole."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import Any

from graceful.errors import GracefulError
from graceful.store.assemble import read_tree
from graceful.store.cleaning import clean_store
from graceful.store.send import pack_trees

from .support import R1, SiteCase, release_json, sha256


def records(pack: Iterable[bytes]) -> list[tuple[dict[str, Any], bytes]]:
    """The headers of a pack's records, each with what follows it."""
    raw, found = zlib.decompress(b"".join(pack)), []
    while raw:
        line, _, raw = raw.partition(b"\n")
        header = json.loads(line)
        size = sum(told["bytes"] for told in header.values() if isinstance(told, dict))
        found.append((header, raw[:size]))
        raw = raw[size:]
    return found


class Send(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.large = b"line of a large file\n" * 50_000
        self.code = self.keep_tree(
            {"a.py": b"same", "b.py": b"same", "bin/run": b"same", "large.txt": self.large}
        )
        self.env = self.keep_tree({"lib/a.py": b"same", "lib/empty.py": b""}, {"lib/link.py": "a.py"})

    def test_a_pack_is_the_manifests_and_each_object_once(self) -> None:
        *found, end = records(pack_trees(self.paths, {"code": self.code, "env": self.env}))
        self.assertEqual(end, ({"end": True}, b""))
        manifests = [self.paths.tree(digest).read_bytes() for digest in (self.code, self.env)]
        self.assertEqual(
            found[:2],
            [
                ({"tree": {"kind": "code", "digest": self.code, "bytes": len(manifests[0])}}, manifests[0]),
                ({"tree": {"kind": "env", "digest": self.env, "bytes": len(manifests[1])}}, manifests[1]),
            ],
        )
        # Whichever trees it is in: "same" as a file and as a program, the large and the empty one.
        self.assertEqual(
            found[2:],
            [
                (
                    {"object": {"sha256": sha256(content), "executable": executable, "bytes": len(content)}},
                    content,
                )
                for content, executable in (
                    (b"same", False),
                    (b"same", True),
                    (self.large, False),
                    (b"", False),
                )
            ],
        )

    def test_one_tree(self) -> None:
        found = records(pack_trees(self.paths, {"env": self.env}))
        self.assertEqual([next(iter(header)) for header, _ in found], ["tree", "object", "object", "end"])

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

"""Receiving packs: what is not exactly as announced is refused, and nothing wrong stays in the store."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest import mock

from graceful.errors import GracefulError
from graceful.store.assemble import read_tree
from graceful.store.manifest import Entry
from graceful.store.receive import keep_trees, receive_pack

from .support import SiteCase, manifest_of, sha256

END = b'{"end":true}\n'
BINARY = bytes(range(256)) * 40


def head(**record: Any) -> bytes:
    return json.dumps(record).encode() + b"\n"


def tree(text: bytes, **changes: Any) -> bytes:
    return head(tree={"kind": "code", "digest": sha256(text), "bytes": len(text), **changes}) + text


def item(content: bytes, executable: bool = False, **changes: Any) -> bytes:
    told = {"sha256": sha256(content), "executable": executable, "bytes": len(content), **changes}
    return head(object=told) + content


def pieces(raw: bytes, size: int = 1000) -> Iterable[bytes]:
    return (raw[start : start + size] for start in range(0, len(raw), size))


TEXT = manifest_of(
    ["file", sha256(BINARY), len(BINARY), "data.bin"],
    ["file", sha256(b""), 0, "empty.py"],
    ["exec", sha256(b"#!/bin/sh\n"), 10, "run"],
    ["link", "run", "start"],
)
RECORDS = tree(TEXT) + item(BINARY) + item(b"#!/bin/sh\n", True) + item(b"")


class ReceiveCase(SiteCase):
    def receive(self, records: bytes, size: int = 1000) -> tuple[dict[str, bytes], int]:
        return receive_pack(pieces(zlib.compress(records), size), self.paths, self.owner)

    def stored(self) -> dict[str, bytes]:
        """All objects by name."""
        objects = (self.paths.store / "objects").glob("*/*")
        return {path.name: path.read_bytes() for path in objects}

    def refused(self, raw: Iterable[bytes], why: str) -> None:
        """The pack is refused, leaves nothing half-written, and nothing in the store that is not its name's content."""
        with self.assertRaises(GracefulError) as caught:
            receive_pack(raw, self.paths, self.owner)
        self.assertIn(why, caught.exception.message)
        self.assertEqual(list(self.paths.incoming.iterdir()), [])
        self.assertEqual(list((self.paths.store / "trees").iterdir()), [])
        for name, content in self.stored().items():
            self.assertEqual(sha256(content), name[:64])

    def records_refused(self, records: bytes, why: str) -> None:
        self.refused(pieces(zlib.compress(records)), why)


class Whole(ReceiveCase):
    def test_what_is_there_is_not_replaced(self) -> None:
        self.receive(RECORDS + END)
        path = self.paths.object(sha256(BINARY), False)
        before = path.stat().st_ino
        self.receive(RECORDS + END)
        self.assertEqual(path.stat().st_ino, before)
        self.records_refused(
            item(b"x" * len(BINARY), sha256=sha256(BINARY)) + END, "is not what its digest says"
        )
        # What a power cut has left of one that nobody claimed yet.
        path.chmod(0o644)
        path.write_bytes(b"")
        self.receive(RECORDS + END)
        self.assertEqual(path.read_bytes(), BINARY)

    def test_round_trip_however_it_is_cut(self) -> None:
        for size in (1, 7, 1000, 1 << 20):
            with self.subTest(size):
                manifests, objects = self.receive(RECORDS + END, size)
                self.assertEqual((manifests, objects), ({sha256(TEXT): TEXT}, 3))
                self.assertEqual(
                    self.stored(),
                    {
                        sha256(BINARY): BINARY,
                        f"{sha256(b'#!/bin/sh' + bytes([10]))}x": b"#!/bin/sh\n",
                        sha256(b""): b"",
                    },
                )

    def test_a_tree_is_known_once_it_is_kept(self) -> None:
        manifests, _ = self.receive(RECORDS + END)
        with self.assertRaises(GracefulError):
            read_tree(self.paths, sha256(TEXT))
        keep_trees(manifests, self.paths, self.owner)
        keep_trees(manifests, self.paths, self.owner)
        self.assertEqual(
            [e.path for e in read_tree(self.paths, sha256(TEXT))], ["data.bin", "empty.py", "run", "start"]
        )
        self.assertEqual(read_tree(self.paths, sha256(TEXT))[3], Entry("link", "start", target="run"))
        self.assertEqual(list(self.paths.incoming.iterdir()), [])

    def test_a_tree_is_on_disk_before_it_is_known(self) -> None:
        """A name that a power cut leaves without its content would be a tree of no files."""
        manifests, _ = self.receive(RECORDS + END)
        acts = mock.Mock()
        acts.fsync.side_effect, acts.rename.side_effect = os.fsync, os.rename
        with mock.patch("os.fsync", acts.fsync), mock.patch("os.rename", acts.rename):
            keep_trees(manifests, self.paths, self.owner)
        self.assertEqual([name for name, _, _ in acts.mock_calls], ["fsync", "rename"])

    def test_a_damaged_tree_is_never_read_as_another_one(self) -> None:
        manifests, _ = self.receive(RECORDS + END)
        keep_trees(manifests, self.paths, self.owner)
        path = self.paths.tree(sha256(TEXT))
        path.chmod(0o644)
        path.write_bytes(b"")
        with self.assertRaises(GracefulError):
            read_tree(self.paths, sha256(TEXT))

    def test_modes_do_not_depend_on_the_umask(self) -> None:
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        manifests, _ = self.receive(RECORDS + END)
        keep_trees(manifests, self.paths, self.owner)
        self.assertEqual(self.paths.object(sha256(BINARY), False).stat().st_mode & 0o777, 0o444)
        self.assertEqual(self.paths.object(sha256(b"#!/bin/sh\n"), True).stat().st_mode & 0o777, 0o555)
        self.assertEqual(self.paths.object(sha256(BINARY), False).parent.stat().st_mode & 0o777, 0o755)
        self.assertEqual(self.paths.tree(sha256(TEXT)).stat().st_mode & 0o777, 0o444)

    def test_objects_that_are_there_need_not_be_sent(self) -> None:
        self.receive(item(BINARY) + item(b"#!/bin/sh\n", True) + item(b"") + END)
        manifests, objects = self.receive(tree(TEXT) + END)
        self.assertEqual((list(manifests), objects), ([sha256(TEXT)], 0))

    def test_what_came_before_a_break_is_kept_for_the_next_try(self) -> None:
        self.records_refused(item(BINARY) + item(b"other", bytes=6) + END, "is not what its digest says")
        self.assertEqual(list(self.stored()), [sha256(BINARY)])


class Broken(ReceiveCase):
    def test_cut_off_anywhere(self) -> None:
        raw = zlib.compress(RECORDS + END)
        for length in (*range(0, len(raw), 19), *range(len(raw) - 12, len(raw))):
            self.refused([raw[:length]] if length else [], "the pack ends too early")

    def test_without_its_end(self) -> None:
        self.records_refused(RECORDS, "the pack ends too early")

    def test_damaged_anywhere(self) -> None:
        raw = zlib.compress(RECORDS + END)
        # The last byte before the checksum ends in bits that mean nothing.
        for place in (*range(0, len(raw) - 5, 19), *range(len(raw) - 4, len(raw))):
            damaged = bytearray(raw)
            damaged[place] ^= 0x10
            with self.subTest(place):
                self.refused([bytes(damaged)], "")

    def test_a_wrong_checksum(self) -> None:
        raw = zlib.compress(RECORDS + END)
        self.refused([raw[:-1] + bytes([raw[-1] ^ 1])], "the pack is damaged")

    def test_goes_on_after_its_end(self) -> None:
        raw = zlib.compress(RECORDS + END)
        self.records_refused(RECORDS + END + b"x", "goes on after its end")
        self.refused([raw + b"x"], "goes on after its end")
        self.refused([raw, b"x"], "goes on after its end")

    def test_no_zlib(self) -> None:
        self.refused([b"hello"], "the pack is damaged")


class Wrong(ReceiveCase):
    def test_digests(self) -> None:
        self.records_refused(item(b"a", sha256=sha256(b"b")) + END, "is not what its digest says")
        self.records_refused(tree(TEXT, digest=sha256(b"b")) + END, "a manifest is not what its digest says")
        self.assertEqual(self.stored(), {})

    def test_digests_that_are_none(self) -> None:
        for digest in ("", "..", "../../x", "A" * 64, sha256(b"a") + "\n", sha256(b"a")[:-1]):
            with self.subTest(digest):
                self.records_refused(item(b"a", sha256=digest) + END, "is not a SHA-256 digest")

    def test_sizes(self) -> None:
        self.records_refused(item(b"", bytes=-1) + END, "bytes")
        self.records_refused(tree(b"", bytes=-1) + END, "bytes")
        self.records_refused(tree(b"", bytes=1 << 40) + END, "bytes is refused")
        self.records_refused(item(b"", bytes=True) + END, "`bytes` must be a whole number")
        self.records_refused(item(b"", bytes=1.5) + END, "`bytes` must be a whole number")
        self.assertEqual(self.stored(), {})

    def test_an_object_with_another_size_than_its_manifest_says(self) -> None:
        text = manifest_of(["file", sha256(b"abc"), 4, "a"])
        self.records_refused(tree(text) + item(b"abc") + END, "lacks a")

    def test_a_missing_object(self) -> None:
        text = manifest_of(["file", sha256(b"abc"), 3, "sub/a"])
        self.records_refused(tree(text) + END, "lacks sub/a")

    def test_an_object_with_another_executable_bit(self) -> None:
        text = manifest_of(["exec", sha256(b"abc"), 3, "a"])
        self.records_refused(tree(text) + item(b"abc") + END, "lacks a")

    def test_a_manifest_that_leads_out(self) -> None:
        text = manifest_of(["link", "../../etc/passwd", "a"])
        self.records_refused(tree(text) + END, "links out of its tree")

    def test_headers(self) -> None:
        for header, why in (
            (b"{}\n", "`object` must be an object"),
            (b"[]\n", "not a JSON object"),
            (b"{\n", "not JSON"),
            (head(object={}), "`sha256` must be a string"),
            (head(tree={}), "`bytes` must be a whole number"),
            (head(end=1), "`object` must be an object"),
        ):
            with self.subTest(header):
                self.records_refused(header + END, why)

    def test_a_header_without_an_end(self) -> None:
        self.records_refused(b"x" * 1_000_000, "a header that is too long")

    def test_another_ones_link_in_the_way(self) -> None:
        """`incoming` is ours alone; still, nothing is written through a link."""
        victim = self.top / "victim"
        victim.write_bytes(b"safe")
        (self.paths.incoming / f"{sha256(b'a')}.{os.getpid()}").symlink_to(victim)
        self.assertRaises(OSError, self.receive, item(b"a") + END)
        self.assertEqual(victim.read_bytes(), b"safe")


class Bombs(ReceiveCase):
    """150 MiB that come as one: in a process of its own that may hold 100 MB."""

    SCRIPT = """
import sys, zlib
from pathlib import Path
from graceful.errors import GracefulError
from graceful.site.paths import SitePaths
from graceful.site.owner import Owner
from graceful.store.receive import receive_pack
root = Path(sys.argv[1])

def bomb():
    deflate = zlib.compressobj(1)
    yield deflate.compress(sys.argv[2].encode().replace(b"@", b"\\n"))
    for _ in range(150):
        yield deflate.compress(bytes(1 << 20))
    yield deflate.flush()

try:
    receive_pack([b"".join(bomb())], SitePaths(root, root / ".store", root / "run"), Owner(int(sys.argv[3])))
except GracefulError as error:
    print(error.message)
"""

    def explode(self, first: str) -> str:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (100_000_000, 100_000_000))
            # An object is written as it comes; it is not what is tested here.
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000_000, 10_000_000))

        done = subprocess.run(
            [sys.executable, "-B", "-c", self.SCRIPT, str(self.paths.root), first, str(self.owner.gid)],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            timeout=120,
            preexec_fn=limit,
        )
        self.assertEqual(done.stderr, "")
        return done.stdout.strip()

    def test_in_a_header(self) -> None:
        self.assertEqual(self.explode(""), "the pack holds a header that is too long")

    def test_after_the_end(self) -> None:
        self.assertEqual(self.explode('{"end":true}@'), "the pack goes on after its end")

    def test_as_a_manifest(self) -> None:
        header = json.dumps({"tree": {"digest": "a" * 64, "bytes": 1 << 30}})
        self.assertEqual(self.explode(f"{header}@"), "a manifest of 1073741824 bytes is refused")

"""Receiving packs: what is not exactly as announced is refused, and nothing wrong stays in the store."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from unittest import mock

from graceful.errors import GracefulError
from graceful.store.assemble import read_tree
from graceful.store.manifest import Entry
from graceful.store.receive import keep_trees, receive_pack

from .shipping_case import END, ShippingCase, chunks, head, item
from .support import manifest_of, sha256

BINARY = bytes(range(256)) * 40
PROGRAM = b"#!/bin/sh\n"
TEXT = manifest_of(
    ["file", sha256(BINARY), len(BINARY), "data.bin"],
    ["file", sha256(b""), 0, "empty.py"],
    ["exec", sha256(PROGRAM), len(PROGRAM), "run"],
    ["link", "run", "start"],
)
RECORDS = item(BINARY) + item(PROGRAM, True) + item(b"")


def one(content: bytes, kind: str = "file", **changes: str | int) -> bytes:
    """The manifest of a tree of one file."""
    told = {"sha256": sha256(content), "bytes": len(content), **changes}
    return manifest_of([kind, told["sha256"], told["bytes"], "sub/a"])


class ReceiveCase(ShippingCase):
    def setUp(self) -> None:
        super().setUp()
        #: Asked before anything was there.
        self.wanted = self.want(TEXT)

    def receive(self, records: bytes, size: int = 1000) -> int:
        return receive_pack(chunks(zlib.compress(records), size), self.wanted, self.paths, self.owner)

    def stored(self) -> dict[str, bytes]:
        """All objects by name."""
        objects = (self.paths.store / "objects").glob("*/*")
        return {path.name: path.read_bytes() for path in objects}

    def refused(self, raw: Iterable[bytes], why: str) -> None:
        """The pack is refused, leaves nothing half-written, and nothing in the store that is not its name's content."""
        with self.assertRaises(GracefulError) as caught:
            receive_pack(raw, self.wanted, self.paths, self.owner)
        self.assertIn(why, caught.exception.message)
        self.assertEqual(list(self.paths.incoming.iterdir()), [])
        self.assertEqual(list((self.paths.store / "trees").iterdir()), [])
        for name, content in self.stored().items():
            self.assertEqual(sha256(content), name[:64])

    def records_refused(self, records: bytes, why: str) -> None:
        self.refused(chunks(zlib.compress(records)), why)


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
        self.assertEqual(path.stat().st_ino, before)
        # What a power cut has left of one that nobody claimed yet.
        path.chmod(0o644)
        path.write_bytes(b"")
        self.receive(RECORDS + END)
        self.assertEqual(path.read_bytes(), BINARY)

    def test_round_trip_however_it_is_cut(self) -> None:
        for size in (1, 7, 1000, 1 << 20):
            with self.subTest(size):
                self.assertEqual(self.receive(RECORDS + END, size), 3)
                self.assertEqual(
                    self.stored(), {sha256(BINARY): BINARY, f"{sha256(PROGRAM)}x": PROGRAM, sha256(b""): b""}
                )
                self.assertEqual(list(self.paths.incoming.iterdir()), [])
                for path in (self.paths.store / "objects").glob("*/*"):
                    path.unlink()

    def test_a_tree_is_known_once_it_is_kept(self) -> None:
        self.receive(RECORDS + END)
        with self.assertRaises(GracefulError):
            read_tree(self.paths, sha256(TEXT))
        keep_trees(self.wanted, self.paths, self.owner)
        keep_trees(self.wanted, self.paths, self.owner)
        self.assertEqual(
            [e.path for e in read_tree(self.paths, sha256(TEXT))], ["data.bin", "empty.py", "run", "start"]
        )
        self.assertEqual(read_tree(self.paths, sha256(TEXT))[3], Entry("link", "start", target="run"))
        self.assertEqual(list(self.paths.incoming.iterdir()), [])

    def test_a_tree_is_on_disk_before_it_is_known(self) -> None:
        """A name that a power cut leaves without its content would be a tree of no files."""
        self.receive(RECORDS + END)
        acts = mock.Mock()
        acts.fsync.side_effect, acts.rename.side_effect = os.fsync, os.rename
        with mock.patch("os.fsync", acts.fsync), mock.patch("os.rename", acts.rename):
            keep_trees(self.wanted, self.paths, self.owner)
        self.assertEqual([name for name, _, _ in acts.mock_calls], ["fsync", "rename"])

    def test_a_damaged_tree_is_never_read_as_another_one(self) -> None:
        self.receive(RECORDS + END)
        keep_trees(self.wanted, self.paths, self.owner)
        path = self.paths.tree(sha256(TEXT))
        path.chmod(0o644)
        path.write_bytes(b"")
        with self.assertRaises(GracefulError):
            read_tree(self.paths, sha256(TEXT))

    def test_modes_do_not_depend_on_the_umask(self) -> None:
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        self.receive(RECORDS + END)
        keep_trees(self.wanted, self.paths, self.owner)
        self.assertEqual(self.paths.object(sha256(BINARY), False).stat().st_mode & 0o777, 0o444)
        self.assertEqual(self.paths.object(sha256(PROGRAM), True).stat().st_mode & 0o777, 0o555)
        self.assertEqual(self.paths.object(sha256(BINARY), False).parent.stat().st_mode & 0o777, 0o755)
        self.assertEqual(self.paths.tree(sha256(TEXT)).stat().st_mode & 0o777, 0o444)

    def test_objects_that_are_there_need_not_be_sent(self) -> None:
        self.receive(RECORDS + END)
        self.wanted = self.want(TEXT)
        self.assertEqual(self.receive(END), 0)
        keep_trees(self.wanted, self.paths, self.owner)
        self.assertEqual(len(read_tree(self.paths, sha256(TEXT))), 4)

    def test_in_any_order(self) -> None:
        self.assertEqual(self.receive(item(b"") + item(PROGRAM, True) + item(BINARY) + END), 3)

    def test_what_came_before_a_break_is_kept_for_the_next_try(self) -> None:
        self.records_refused(
            item(BINARY) + item(b"x" * len(PROGRAM), True, sha256=sha256(PROGRAM)) + END,
            "is not what its digest says",
        )
        self.assertEqual(list(self.stored()), [sha256(BINARY)])
        self.wanted = self.want(TEXT)
        self.assertEqual(self.receive(item(PROGRAM, True) + item(b"") + END), 2)
        self.assertEqual(self.stored()[f"{sha256(PROGRAM)}x"], PROGRAM)


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
        self.wanted = self.want(one(b"b"))
        self.records_refused(item(b"a", sha256=sha256(b"b")) + END, "is not what its digest says")
        self.assertEqual(self.stored(), {})

    def test_digests_that_are_none(self) -> None:
        for digest in ("", "..", "../../x", "A" * 64, sha256(b"") + "\n", sha256(b"")[:-1]):
            with self.subTest(digest):
                self.records_refused(item(b"", sha256=digest) + END, f"not asked for, {digest[:12]!r}")
        self.assertEqual(self.stored(), {})

    def test_sizes(self) -> None:
        for size in (-1, 1, 1 << 40):
            self.records_refused(item(b"", bytes=size) + END, "an object that was not asked for")
        for wrong in (True, False, 1.5, 0.0, "0", None):
            self.records_refused(item(b"", bytes=wrong) + END, "`bytes` must be a whole number")
        self.records_refused(item(BINARY, bytes=len(BINARY) - 1) + END, "an object that was not asked for")
        self.assertEqual(self.stored(), {})

    def test_an_object_with_another_size_than_its_manifest_says(self) -> None:
        for size in (2, 4):
            self.wanted = self.want(one(b"abc", bytes=size))
            self.records_refused(item(b"abc") + END, "an object that was not asked for")
            self.assertEqual(self.stored(), {})
            self.records_refused(item(b"abc", bytes=size) + b"." + END, "is not what its digest says")
            self.assertEqual(self.stored(), {})
        # The object is there, and does not make the manifest true.
        self.wanted = self.want(one(b"abc"))
        self.receive(item(b"abc") + END)
        for size in (2, 4):
            self.wanted = self.want(one(b"abc", bytes=size))
            self.records_refused(END, "the pack lacks 1 of its objects")
            self.records_refused(item(b"abc", bytes=size) + b"." + END, "is not what its digest says")
        self.assertEqual(self.stored(), {sha256(b"abc"): b"abc"})

    def test_an_object_that_was_not_asked_for(self) -> None:
        self.records_refused(item(b"abc") + END, "an object that was not asked for")
        self.assertEqual(self.stored(), {})
        self.records_refused(RECORDS + item(b"abc") + END, "an object that was not asked for")
        self.assertEqual(len(self.stored()), 3)

    def test_an_object_twice(self) -> None:
        self.records_refused(item(b"") + item(b"") + END, "an object that was not asked for")

    def test_an_object_that_is_there_already(self) -> None:
        self.keep_object(BINARY)
        self.wanted = self.want(TEXT)
        self.records_refused(item(BINARY) + END, "an object that was not asked for")
        self.assertEqual(self.stored(), {sha256(BINARY): BINARY})

    def test_missing_objects(self) -> None:
        self.records_refused(END, "the pack lacks 3 of its objects")
        self.assertEqual(self.stored(), {})
        self.records_refused(item(BINARY) + item(b"") + END, "the pack lacks 1 of its objects")
        self.assertEqual(list(self.stored().values()).count(BINARY), 1)

    def test_an_object_with_another_executable_bit(self) -> None:
        self.records_refused(item(PROGRAM) + END, "an object that was not asked for")
        self.records_refused(item(BINARY, True) + END, "an object that was not asked for")
        for wrong in (1, "true", None):
            self.records_refused(
                head(object={"sha256": sha256(b""), "executable": wrong, "bytes": 0}) + END, "true or false"
            )
        self.assertEqual(self.stored(), {})

    def test_a_manifest_beside_its_objects(self) -> None:
        told = {"kind": "code", "digest": sha256(TEXT), "bytes": len(TEXT)}
        self.records_refused(head(tree=told) + TEXT + RECORDS + END, "`object` must be an object")

    def test_headers(self) -> None:
        for header, why in (
            (b"{}\n", "`object` must be an object"),
            (b"[]\n", "not a JSON object"),
            (b"{\n", "not JSON"),
            (head(object={}), "`sha256` must be a string"),
            (b"[" * 60_000 + b"\n", "not JSON"),
            (head(end=1), "`object` must be an object"),
        ):
            with self.subTest(header[:40]):
                self.records_refused(header + END, why)

    def test_a_header_without_an_end(self) -> None:
        self.records_refused(b"x" * 1_000_000, "a header that is too long")

    def test_another_ones_link_in_the_way(self) -> None:
        """`incoming` is ours alone; still, nothing is written through a link."""
        victim = self.top / "victim"
        victim.write_bytes(b"safe")
        (self.paths.incoming / f"{sha256(BINARY)}.{os.getpid()}").symlink_to(victim)
        self.assertRaises(OSError, self.receive, item(BINARY) + END)
        self.assertEqual(victim.read_bytes(), b"safe")

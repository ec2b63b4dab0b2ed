"""A `want` that is not exactly what it says is refused, and leaves the store as it was."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from graceful.errors import GracefulError

from .shipping_case import END, ShippingCase, chunks, file, head, tree
from .support import manifest_of, sha256

A, B, C = b"content of a", b"content of b", b"content of c"
TEXT = manifest_of(file(A, "a"), file(B, "b"))


class Refused(ShippingCase):
    def setUp(self) -> None:
        super().setUp()
        self.keep_tree({"a": A, "other": B})
        self.before = self.in_store()

    def refused(self, raw: Iterable[bytes], why: str, digests: list[str] | None = None) -> None:
        with self.assertRaises(GracefulError) as caught:
            self.ask([sha256(TEXT)] if digests is None else digests, raw)
        self.assertIn(why, caught.exception.message)
        self.assertEqual(self.in_store(), self.before)

    def records_refused(self, records: bytes, why: str, digests: list[str] | None = None) -> None:
        self.refused(chunks(zlib.compress(records)), why, digests)

    def manifest_refused(self, text: bytes, why: str) -> None:
        # One that is fine comes first.
        self.records_refused(tree(TEXT) + tree(text) + END, why, [sha256(TEXT), sha256(text)])

    def test_manifests_that_lead_out(self) -> None:
        self.manifest_refused(manifest_of(["link", "../../etc/passwd", "a"]), "links out of its tree")
        self.manifest_refused(manifest_of(["link", "/etc/passwd", "a"]), "links out of its tree")
        self.manifest_refused(manifest_of(file(C, "../a")), "unsafe path")
        self.manifest_refused(manifest_of(file(C, "/etc/passwd")), "unsafe path")
        self.manifest_refused(manifest_of(["link", ".", "a"], file(C, "a/b")), "below a file or a link")

    def test_manifests_that_are_none(self) -> None:
        self.manifest_refused(manifest_of(file(C, "b"), file(C, "a")), "out of order")
        self.manifest_refused(manifest_of(["file", "../" + "c" * 61, 1, "a"]), "not an entry of a known kind")
        self.manifest_refused(b'["file"\n', "not an entry")
        self.manifest_refused(b"x\n", "neither an entry nor pieces of its base")

    def test_an_object_of_two_sizes(self) -> None:
        text = manifest_of(file(C, "c", size=3))
        self.manifest_refused(text + manifest_of(file(C, "d")), "the manifests give d two sizes")
        self.manifest_refused(manifest_of(file(A, "d", size=3)), "the manifests give d two sizes")

    def test_digests(self) -> None:
        why = "a manifest is not what its digest says"
        self.records_refused(tree(TEXT[:-1], digest=sha256(TEXT)) + END, why)
        self.records_refused(tree(b"", digest=sha256(TEXT)) + END, why)
        for digest in ("", "..", "../../x", "A" * 64, sha256(TEXT) + "\n", sha256(TEXT)[:-1]):
            with self.subTest(digest):
                self.records_refused(END, "is not a SHA-256 digest", [digest])

    def test_sizes(self) -> None:
        for size in (-1, 1 << 40, 256 * 1024 * 1024 + 1):
            self.records_refused(tree(TEXT, bytes=size) + END, f"a manifest of {size} bytes is refused")
        for wrong in (True, 1.5, "1", None):
            self.records_refused(tree(TEXT, bytes=wrong) + END, "`bytes` must be a whole number")

    def test_headers(self) -> None:
        for header, why in (
            (b"{}\n", "`tree` must be an object"),
            (b"[]\n", "not a JSON object"),
            (b"{\n", "not JSON"),
            (b"[" * 60_000 + b"\n", "not JSON"),
            (head(tree={}), "`digest` must be a string"),
            (head(tree={"digest": "a" * 64, "base": 1, "bytes": 0}), "`base` must be a string"),
            (head(object={"sha256": sha256(A), "executable": False, "bytes": 0}), "`tree` must be an object"),
            (head(end=1), "`tree` must be an object"),
        ):
            with self.subTest(header[:40]):
                self.records_refused(header + END, why)
        self.records_refused(b"x" * 1_000_000, "a header that is too long")

    def test_cut_off_anywhere(self) -> None:
        raw = zlib.compress(tree(TEXT) + END)
        for length in range(len(raw)):
            self.refused([raw[:length]] if length else [], "the pack ends too early")
        self.records_refused(tree(TEXT), "the pack ends too early")
        self.records_refused(tree(TEXT, bytes=len(TEXT) + 1000) + END, "the pack ends too early")

    def test_damaged_anywhere(self) -> None:
        raw = zlib.compress(tree(TEXT) + END)
        # The last byte before the checksum ends in bits that mean nothing.
        for place in (*range(len(raw) - 5), *range(len(raw) - 4, len(raw))):
            damaged = bytearray(raw)
            damaged[place] ^= 0x10
            with self.subTest(place):
                self.refused([bytes(damaged)], "")
        self.refused([raw[:-1] + bytes([raw[-1] ^ 1])], "the pack is damaged")
        self.refused([b"hello"], "the pack is damaged")

    def test_goes_on_after_its_end(self) -> None:
        raw = zlib.compress(tree(TEXT) + END)
        self.records_refused(tree(TEXT) + END + b"x", "goes on after its end")
        self.refused([raw + b"x"], "goes on after its end")
        self.refused([raw, b"x"], "goes on after its end")

    def test_however_it_is_cut_it_is_the_same(self) -> None:
        raw = zlib.compress(tree(TEXT) + END)
        for size in (1, 7, 1000):
            self.assertEqual(self.ask([sha256(TEXT)], chunks(raw, size)).trees, {sha256(TEXT): TEXT})
        self.assertEqual(self.in_store(), self.before)

"""Compressed streams, by either compression: whole, cut off, damaged, going on after their end."""

from __future__ import annotations

import os
import random
import subprocess
import unittest
import zlib
from collections.abc import Iterator

from graceful.errors import GracefulError
from graceful.store.plain import SLICE, plain
from graceful.store.records import Records

CONTENT = random.Random(1).randbytes(700_000) + bytes(2_000_000)


def zstd(content: bytes) -> bytes:
    done = subprocess.run(["zstd", "--compress", "--stdout", "--quiet"], input=content, capture_output=True)
    return done.stdout


class Zlib(unittest.TestCase):
    compression = "zlib"

    @staticmethod
    def compress(content: bytes) -> bytes:
        return zlib.compress(content)

    def read(self, raw: bytes, size: int = 1000) -> bytes:
        cut = (raw[start : start + size] for start in range(0, len(raw), size))
        return b"".join(plain(cut, self.compression))

    def refused(self, raw: bytes, *why: str) -> None:
        with self.assertRaises(GracefulError) as caught:
            self.read(raw)
        self.assertIn(caught.exception.message, {f"the pack {one}" for one in why})

    def test_whole_however_it_is_cut(self) -> None:
        raw = self.compress(CONTENT)
        for size in (1 if self.compression == "zlib" else 100, 7_777, 1 << 20):
            self.assertEqual(self.read(raw, size), CONTENT)

    def test_it_comes_in_slices(self) -> None:
        pieces = list(plain([self.compress(CONTENT)], self.compression))
        self.assertEqual(b"".join(pieces), CONTENT)
        self.assertLessEqual(max(map(len, pieces)), SLICE)

    def test_cut_off(self) -> None:
        raw = self.compress(CONTENT)
        for length in (0, 1, 10, len(raw) // 2, len(raw) - 1):
            self.refused(raw[:length], "ends too early", "is damaged")

    def test_damaged(self) -> None:
        raw = bytearray(self.compress(bytes(1000)))
        raw[-1] ^= 1
        with self.assertRaisesRegex(GracefulError, "the pack (is damaged|ends too early)"):
            self.read(bytes(raw))

    def test_goes_on_after_its_end(self) -> None:
        raw = self.compress(b"end\n")
        for more in (b"x", raw):
            records = Records(plain([raw, more], self.compression))
            self.assertEqual(records.line(), b"end")
            with self.assertRaisesRegex(GracefulError, "goes on after its end|is damaged"):
                records.finish()

    def test_what_the_sender_meets_is_told(self) -> None:
        def pieces() -> Iterator[bytes]:
            yield self.compress(CONTENT)[:1000]
            raise ConnectionError("hung up")

        with self.assertRaisesRegex(ConnectionError, "hung up"):
            list(plain(pieces(), self.compression))


class Zstd(Zlib):
    compression = "zstd"

    @staticmethod
    def compress(content: bytes) -> bytes:
        return zstd(content)

    def test_one_that_is_not_read_to_its_end_leaves_no_process(self) -> None:
        reading = plain([zstd(CONTENT)], "zstd")
        next(reading)
        reading.close()  # type: ignore[attr-defined]
        with self.assertRaises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)


class Unknown(unittest.TestCase):
    def test_another_compression_is_refused(self) -> None:
        with self.assertRaisesRegex(GracefulError, "'lzma' is not known"):
            plain([], "lzma")

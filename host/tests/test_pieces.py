"""Manifests in pieces: the same ones on both sides, whatever else a manifest has, and recipes that are made of them."""

from __future__ import annotations

import unittest
from unittest import mock

from graceful.errors import GracefulError
from graceful.store.pieces import cut, piece_ids, rebuild

from .support import sha256

LINES = [f'["file","{sha256(str(n).encode())}",{n},"größe/{n:03}.py"]\n'.encode() for n in range(100)]
MANIFEST = b"".join(LINES)
PIECES = cut(MANIFEST)

#: The ids of the pieces of a manifest of 100 lines, `["file",SHA-256 of the decimal N,N,"größe/NNN.py"]` with N from 0 and NNN
#: of three digits: what the runner makes of it too (`__tests__/shipping.test.ts`).
VECTOR = "sadPAzwI9jG8kRHZMl6nkd0IknU4EuCDv1kIcNHTwx0="


def recipe_of(manifest: bytes, base: bytes) -> bytes:
    """A recipe as any runner may write it: each piece for itself."""
    known = cut(base)
    return b"".join(b"[%d,1]\n" % known.index(piece) if piece in known else piece for piece in cut(manifest))


class Cut(unittest.TestCase):
    def test_the_ids_are_those_that_the_runner_computes(self) -> None:
        self.assertEqual(piece_ids(MANIFEST), VECTOR)
        self.assertEqual(piece_ids(b""), "")

    def test_nothing_is_lost(self) -> None:
        self.assertEqual(len(PIECES), 4)
        for manifest in (MANIFEST, LINES[0], b""):
            self.assertEqual(b"".join(cut(manifest)), manifest)
        self.assertNotIn(b"", PIECES)
        self.assertEqual(cut(b""), [])

    def test_a_line_that_comes_or_goes_leaves_all_other_pieces(self) -> None:
        """Where a border goes, two pieces become one; where one comes, one becomes two."""
        ends = {piece.splitlines(keepends=True)[-1] for piece in PIECES}
        last = LINES[-1]
        new = b'["link","a","b"]\n'
        self.assertEqual(len(cut(new + LINES[0])), 1, "it would be a border itself")
        for place, line in enumerate(LINES):
            around = LINES[:place], LINES[place + 1 :]
            [home] = [index for index, piece in enumerate(PIECES) if line in piece.splitlines(keepends=True)]
            gone = cut(b"".join([*around[0], *around[1]]))
            merged = 2 if line in ends and line != last else 1
            with self.subTest(place):
                self.assertEqual(gone[:home], PIECES[:home])
                after = PIECES[home + merged :]
                self.assertEqual(gone[len(gone) - len(after) :], after)
                came = cut(b"".join([*around[0], new, line, *around[1]]))
                self.assertEqual(came[:home], PIECES[:home])
                self.assertEqual(len(came), len(PIECES))
                self.assertEqual(came[home + 1 :], PIECES[home + 1 :])

    def test_a_piece_is_the_same_wherever_it_stands(self) -> None:
        whole = PIECES[:-1]
        self.assertEqual(cut(b"".join(reversed(whole))), list(reversed(whole)))
        for piece in whole:
            self.assertEqual(cut(piece), [piece])


class Rebuild(unittest.TestCase):
    def refused(self, recipe: bytes, base: bytes = MANIFEST) -> None:
        with self.assertRaises(GracefulError) as caught:
            rebuild(recipe, base)
        self.assertIn("neither an entry nor pieces of its base", caught.exception.message)
        self.assertEqual(caught.exception.code, "bad-request")

    def test_a_manifest_is_its_own_recipe(self) -> None:
        for base in (b"", MANIFEST, LINES[0]):
            self.assertEqual(rebuild(MANIFEST, base), MANIFEST)
        self.assertEqual(rebuild(b"", MANIFEST), b"")

    def test_pieces_in_any_order_between_lines_of_its_own(self) -> None:
        recipe = b"[2,2]\n" + LINES[0] + b"[0,1]\n[0,1]\n" + LINES[1]
        made = PIECES[2] + PIECES[3] + LINES[0] + PIECES[0] + PIECES[0] + LINES[1]
        self.assertEqual(rebuild(recipe, MANIFEST), made)
        self.assertEqual(rebuild(b"[0,%d]\n" % len(PIECES), MANIFEST), MANIFEST)

    def test_one_line_that_comes_or_goes_is_told_by_its_piece(self) -> None:
        for place in range(len(LINES)):
            for lines in (
                [*LINES[:place], *LINES[place + 1 :]],
                [*LINES[:place], b'["link","a","b"]\n', *LINES[place:]],
            ):
                manifest = b"".join(lines)
                recipe = recipe_of(manifest, MANIFEST)
                self.assertEqual(rebuild(recipe, MANIFEST), manifest)
                self.assertLess(len(recipe), len(manifest))

    def test_pieces_that_are_not_there(self) -> None:
        there = len(PIECES)
        for first, count in (
            (there, 1),
            (0, there + 1),
            (there - 1, 2),
            (there, 0),
            (0, 0),
            (10**8, 1),
            (0, 10**8),
        ):
            with self.subTest(first=first, count=count):
                self.refused(b"[%d,%d]\n" % (first, count))
        self.refused(b"[0,1]\n", b"")
        self.refused(MANIFEST + b"[0,1]\n", b"")

    def test_pieces_that_are_no_places(self) -> None:
        for line in (
            b"[-1,1]",
            b"[1,-1]",
            b"[-1,-1]",
            b"[0,1.0]",
            b"[0,1e0]",
            b"[1e400,1]",
            b"[0,true]",
            b"[false,1]",
            b"[0,null]",
            b'[0,"1"]',
            b"[0,[1]]",
            b"[0]",
            b"[]",
            b"[0,1,1]",
            b"[0,1",
            b"0,1",
            b"{}",
            b"",
            b"x",
            "[\u0663,1]".encode(),
            b"[0,1" + b"0" * 100_000 + b"]",
            b"[0," + b"[" * 100_000,
        ):
            with self.subTest(line[:20]):
                self.refused(line + b"\n")
                self.refused(LINES[0] + line + b"\n" + LINES[1])
        # The stream was cut off where nobody looked.
        self.refused(b"[0,1]")

    def test_a_few_bytes_for_more_than_any_manifest_has(self) -> None:
        with mock.patch("graceful.store.pieces.MANIFEST_LIMIT", 3 * len(MANIFEST)):
            whole = b"[0,%d]\n" % len(PIECES)
            self.assertEqual(rebuild(3 * whole, MANIFEST), 3 * MANIFEST)
            for more in (whole * 1000, 3 * whole + LINES[0]):
                with self.assertRaisesRegex(GracefulError, r"a manifest of \d+ bytes is refused"):
                    rebuild(more, MANIFEST)

"""Manifests in pieces: what a tree and one that is known have in common need not be told again."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib

from ..errors import GracefulError

#: Lines of a piece on average, and bytes of its id: as the runner has them (`src/shipping/pieces.ts`).
LINES = 32
ID_BYTES = 8


def cut(manifest: bytes) -> list[bytes]:
    """Pieces whose borders depend on the lines alone."""
    pieces, piece = [], b""
    for line in manifest.splitlines(keepends=True):
        piece += line
        if zlib.crc32(line) % LINES == 0:
            pieces.append(piece)
            piece = b""
    return [*pieces, piece] if piece else pieces


def piece_ids(manifest: bytes) -> str:
    """The ids of a manifest's pieces, joined, base64."""
    ids = b"".join(hashlib.sha256(piece).digest()[:ID_BYTES] for piece in cut(manifest))
    return base64.b64encode(ids).decode()


def rebuild(recipe: bytes, base: bytes) -> tuple[bytes, list[bool]]:
    """The manifest that a recipe stands for, and of each of its lines whether it was taken from the base.

    A recipe is a manifest in which a line `[first, count]` stands for so many pieces of the base. Raises GracefulError
    for pieces that the base does not have.
    """
    pieces = cut(base)
    parts: list[bytes] = []
    known: list[bool] = []
    for line in recipe.splitlines(keepends=True):
        # A line of a manifest begins with its kind, a string.
        if line[1:2].isdigit():
            for piece in _run(line, pieces):
                parts.append(piece)
                known += [True] * piece.count(b"\n")
        else:
            parts.append(line)
            known.append(False)
    return b"".join(parts), known


def _run(line: bytes, pieces: list[bytes]) -> list[bytes]:
    try:
        first, count = json.loads(line)
        found = pieces[first : first + count]
        if first < 0 or len(found) != count:
            raise ValueError
    except (ValueError, TypeError):
        raise GracefulError(
            f"a manifest refers to pieces that its base does not have: {line[:80]!r}",
            "Run the deploy again.",
            code="bad-request",
        ) from None
    return found

"""Manifests in pieces: what a tree and one that is known have in common need not be told again."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib

from ..errors import GracefulError

#: Lines of a piece on average, and bytes of its id: as the runner has them (`src/shipping/pieces.ts`).
LINES = 32
ID_BYTES = 8

#: A manifest of a million files stays below this; more is a broken or hostile stream.
MANIFEST_LIMIT = 256 * 1024 * 1024

#: A recipe's line for pieces of the base.
RUN = re.compile(rb"\[(\d{1,9}),(\d{1,9})\]\n")


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


def rebuild(recipe: bytes, base: bytes) -> bytes:
    """The manifest that a recipe stands for: a manifest in which a line `[first, count]` stands for so many pieces of the base.

    Raises GracefulError for pieces that the base does not have.
    """
    pieces = cut(base)
    manifest = bytearray()
    for line in recipe.splitlines(keepends=True):
        # An entry begins with its kind, a string.
        for part in [line] if line.startswith(b'["') else _run(line, pieces):
            manifest += part
            # A few bytes can stand for the whole base, any number of times.
            refuse_large(len(manifest))
    return bytes(manifest)


def refuse_large(size: int) -> None:
    """Raises GracefulError where no manifest has this size."""
    if not 0 <= size <= MANIFEST_LIMIT:
        raise GracefulError(f"a manifest of {size} bytes is refused", code="bad-request")


def _run(line: bytes, pieces: list[bytes]) -> list[bytes]:
    told = RUN.fullmatch(line)
    first, count = map(int, told.groups()) if told else (0, 0)
    if count == 0 or first + count > len(pieces):
        raise GracefulError(
            f"a manifest has a line that is neither an entry nor pieces of its base: {line[:80]!r}",
            "Run the deploy again.",
            code="bad-request",
        )
    return pieces[first : first + count]

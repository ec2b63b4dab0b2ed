"""Sending trees back to a runner, as the pack that they once came in."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

from ..errors import GracefulError
from ..site.paths import SitePaths
from .assemble import read_tree

SLICE = 256 * 1024


def pack_trees(paths: SitePaths, trees: dict[str, str]) -> Iterator[bytes]:
    """A pack of the trees of these kinds and digests, in pieces; hold the store meanwhile. Raises GracefulError where one is not
    in the store as a whole."""
    # Quick: what is sent is unpacked, and sent on, at once.
    deflate = zlib.compressobj(1)
    for record in _records(paths, trees):
        piece = deflate.compress(record)
        if piece:
            yield piece
    yield deflate.flush()


def _records(paths: SitePaths, trees: dict[str, str]) -> Iterator[bytes]:
    entries = [entry for digest in trees.values() for entry in read_tree(paths, digest)]
    for kind, digest in trees.items():
        manifest = paths.tree(digest).read_bytes()
        yield _head({"tree": {"kind": kind, "digest": digest, "bytes": len(manifest)}})
        yield manifest
    sent = set()
    for entry in entries:
        key = (entry.digest, entry.executable)
        if entry.kind == "link" or key in sent:
            continue
        sent.add(key)
        yield _head({"object": {"sha256": entry.digest, "executable": entry.executable, "bytes": entry.size}})
        try:
            with open(paths.object(*key), "rb") as file:
                while piece := file.read(SLICE):
                    yield piece
        except FileNotFoundError:
            raise GracefulError(
                f"the store lacks {entry.path}, which is part of what is live",
                "Deploy it there again with `force`.",
            ) from None
    yield _head({"end": True})


def _head(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"

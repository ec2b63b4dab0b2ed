"""What a runner sends, as records; and a site to which it is sent."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from graceful.store.wanted import Wanted, read_wanted
from graceful.wire import Message

from .support import ENV, SiteCase, sha256

END = b'{"end":true}\n'


def head(**record: Any) -> bytes:
    return json.dumps(record).encode() + b"\n"


def file(content: bytes, path: str, kind: str = "file", size: int | None = None) -> list[Any]:
    """A manifest's row of a file."""
    return [kind, sha256(content), len(content) if size is None else size, path]


def tree(manifest: bytes, recipe: bytes | None = None, **changes: Any) -> bytes:
    """A manifest as a `want` tells it, whole or by a recipe."""
    told = manifest if recipe is None else recipe
    return head(tree={"digest": sha256(manifest), "base": None, "bytes": len(told), **changes}) + told


def item(content: bytes, executable: bool = False, **changes: Any) -> bytes:
    """An object as a pack has it."""
    told = {"sha256": sha256(content), "executable": executable, "bytes": len(content), **changes}
    return head(object=told) + content


def chunks(raw: bytes, size: int = 1000) -> Iterable[bytes]:
    return (raw[start : start + size] for start in range(0, len(raw), size))


class ShippingCase(SiteCase):
    def ask(self, digests: list[str], raw: Iterable[bytes], env: str = "f" * 64) -> Wanted:
        """A `want` for these trees, with what follows it; `env` is the digest of the environment's tree."""
        message = {"type": "want", "trees": digests, "env": {"hash": ENV, "digest": env}}
        return read_wanted(Message(message, "want"), raw, self.paths)

    def want(self, *manifests: bytes, env: str = "f" * 64) -> Wanted:
        """A `want` that tells these manifests whole."""
        records = b"".join(map(tree, manifests)) + END
        return self.ask([sha256(each) for each in manifests], chunks(zlib.compress(records)), env)

    def in_store(self) -> dict[Path, bytes]:
        """Every file of the store."""
        return {path: path.read_bytes() for path in self.paths.store.rglob("*") if path.is_file()}

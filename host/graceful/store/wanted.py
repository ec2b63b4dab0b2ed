"""What a runner is about to send: the manifests of its trees, and what the host lacks of them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import GracefulError
from ..site.paths import SitePaths
from ..wire import Message
from .damaged import is_sound
from .manifest import parse_manifest
from .pieces import rebuild, refuse_large
from .plain import SLICE, plain
from .records import Records

#: An object of the store: its SHA-256, and whether it is executable.
Key = tuple[str, bool]


@dataclass
class Wanted:
    """The trees that the host lacks, and of their objects those that have to come."""

    env: bool
    #: Manifests by digest, in the order in which they were asked for.
    trees: dict[str, bytes] = field(default_factory=dict)
    #: Digests of lacked trees whose manifests could not be put together from what is here.
    unread: list[str] = field(default_factory=list)
    #: Every object of the trees, and whether the host lacks it.
    objects: dict[Key, bool] = field(default_factory=dict)
    sizes: dict[Key, int] = field(default_factory=dict)

    def lacks(self) -> dict[str, Any]:
        """The `lacks` message."""
        bits = bytearray((len(self.objects) + 7) // 8)
        for place, lacked in enumerate(self.objects.values()):
            bits[place // 8] |= lacked << place % 8
        return {
            "type": "lacks",
            "trees": list(self.trees),
            "unread": self.unread,
            "env": self.env,
            "objects": base64.b64encode(bits).decode(),
        }


def read_wanted(message: Message, chunks: Iterable[bytes], paths: SitePaths) -> Wanted:
    """Reads a `want` with the manifests that follow it. Raises GracefulError for a manifest that is not what it claims."""
    env = message.part("env")
    wanted = Wanted(env=not is_sound(paths, env.text("hash")))
    asked = [digest for digest in message.strings("trees") if wanted.env or digest != env.text("digest")]
    lacked = [digest for digest in asked if not paths.tree(digest).is_file()]
    told = _manifests(chunks, lacked, paths)
    for digest in lacked:
        if digest in told:
            wanted.trees[digest], base = told[digest]
            _look(wanted, wanted.trees[digest], base, paths)
        else:
            wanted.unread.append(digest)
    return wanted


def _manifests(
    chunks: Iterable[bytes], lacked: list[str], paths: SitePaths
) -> dict[str, tuple[bytes, bytes]]:
    """Those of the lacked trees' manifests that came with a `want`, each with the known one that it was told by."""
    stream = Records(plain(chunks))
    manifests: dict[str, tuple[bytes, bytes]] = {}
    while True:
        header = Message.parse(stream.line(), "want record")
        if header.data.get("end") is True:
            stream.finish()
            return manifests
        tree = header.part("tree")
        digest, base, size = tree.text("digest"), tree.optional_text("base"), tree.number("bytes")
        refuse_large(size)
        recipe = b"".join(stream.run(size))
        if digest not in lacked:
            continue
        try:
            known = paths.tree(base).read_bytes() if base else b""
        except FileNotFoundError:
            # Pruned since the runner was told of it.
            continue
        text = rebuild(recipe, known)
        if hashlib.sha256(text).hexdigest() != digest:
            raise GracefulError(
                "a manifest is not what its digest says", "Run the deploy again.", code="bad-request"
            )
        manifests[digest] = text, known


def _look(wanted: Wanted, manifest: bytes, base: bytes, paths: SitePaths) -> None:
    known = set(base.splitlines())
    for line, entry in zip(manifest.splitlines(), parse_manifest(manifest)):
        if entry.kind == "link":
            continue
        key = (entry.digest, entry.executable)
        if wanted.sizes.setdefault(key, entry.size) != entry.size:
            raise GracefulError(f"the manifests give {entry.path} two sizes", code="bad-request")
        if key not in wanted.objects:
            path = paths.object(*key)
            # A tree that is known is a whole one. What else is there may be left over from a power cut.
            has = _has(path, entry.size) and (line in known or holds(path, entry.digest))
            wanted.objects[key] = not has


def _has(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def holds(path: Path, digest: str) -> bool:
    """True where the file is there and is what its digest says; one that a power cut emptied is not."""
    try:
        with path.open("rb") as file:
            hasher = hashlib.sha256()
            while piece := file.read(SLICE):
                hasher.update(piece)
            return hasher.hexdigest() == digest
    except FileNotFoundError:
        return False

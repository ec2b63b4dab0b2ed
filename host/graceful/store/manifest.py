"""Manifests: what a tree consists of. Read strictly, since a stream from outside decides what is written where."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..errors import GracefulError
from ..site.paths import SHA256


@dataclass(frozen=True)
class Entry:
    """`kind` is file, exec or link; `target` is a link's, `digest` and `size` a file's."""

    kind: str
    path: str
    digest: str = ""
    size: int = 0
    target: str = ""

    @property
    def executable(self) -> bool:
        return self.kind == "exec"


def _refuse(line: int, why: str) -> GracefulError:
    return GracefulError(
        f"manifest line {line}: {why}", "The pack is refused; run the deploy again.", code="bad-request"
    )


def safe_path(path: Any) -> bool:
    """True for a relative path that stays inside its folder, in its simplest form."""
    if not isinstance(path, str) or not path or "\0" in path:
        return False
    return all(part not in ("", ".", "..") for part in path.split("/"))


def _inside(path: str, target: Any) -> bool:
    """True where a relative link at `path` leads to a place inside the tree."""
    if not isinstance(target, str) or not target or target.startswith("/") or "\0" in target:
        return False
    depth = path.count("/")
    for part in target.split("/"):
        if part == "..":
            depth -= 1
            if depth < 0:
                return False
        elif part not in ("", "."):
            depth += 1
    return True


def parse_manifest(text: bytes) -> list[Entry]:
    """Entries of a manifest, sorted and unique, no path below a file or a link. Raises GracefulError otherwise."""
    entries = []
    before = b""
    leaves = set()
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = json.loads(line)
            kind, path = row[0], row[-1]
        except (ValueError, LookupError, TypeError):
            raise _refuse(number, "not an entry") from None
        if not safe_path(path):
            raise _refuse(number, f"unsafe path {path!r}")
        raw = path.encode("utf-8", "surrogatepass")
        if raw <= before:
            raise _refuse(number, f"{path!r} is out of order or given twice")
        before = raw
        parents = path.split("/")[:-1]
        if any("/".join(parents[: depth + 1]) in leaves for depth in range(len(parents))):
            raise _refuse(number, f"{path!r} lies below a file or a link")
        leaves.add(path)
        entries.append(_entry(number, kind, path, row))
    return entries


def _entry(number: int, kind: Any, path: str, row: list[Any]) -> Entry:
    if kind == "link" and len(row) == 3:
        if not _inside(path, row[1]):
            raise _refuse(number, f"{path!r} links out of its tree, to {row[1]!r}")
        return Entry("link", path, target=row[1])
    if kind in ("file", "exec") and len(row) == 4:
        digest, size = row[1], row[2]
        if isinstance(digest, str) and SHA256.fullmatch(digest) and isinstance(size, int) and size >= 0:
            return Entry(kind, path, digest=digest, size=size)
    raise _refuse(number, "not an entry of a known kind")

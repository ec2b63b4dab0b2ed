"""Manifests: what a tree consists of. Read strictly, since a stream from outside decides what is written where."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..errors import GracefulError
from ..site.paths import SHA256

#: Links that the kernel follows within one path before it gives up with ELOOP (path_resolution(7)).
MOST_LINKS = 40


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


def _is_name(text: Any) -> bool:
    """True for what can be told to the file system: no NUL, and no half surrogate pair, which JSON knows and UTF-8 not."""
    if not isinstance(text, str) or not text or "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def safe_path(path: Any) -> bool:
    """True for a relative path that stays inside its folder, in its simplest form."""
    if not _is_name(path):
        return False
    return all(part not in ("", ".", "..") for part in path.split("/"))


def _inside(path: str, target: Any) -> bool:
    """True where a relative link at `path` leads to a place inside the tree."""
    if not _is_name(target) or target.startswith("/"):
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


def _leads_inside(path: str, links: dict[str, str]) -> bool:
    """The same as the kernel walks it: `up/..` through another link may lead elsewhere than its text says."""
    here, ahead, hops = path.split("/")[:-1], links[path].split("/")[::-1], 0
    while ahead and hops <= MOST_LINKS:
        part = ahead.pop()
        if part == "..":
            if not here:
                return False
            here.pop()
        elif part not in ("", "."):
            target = links.get("/".join([*here, part]))
            if target is None:
                here.append(part)
            else:
                ahead += target.split("/")[::-1]
                hops += 1
    return True


def parse_manifest(text: bytes) -> list[Entry]:
    """Entries of a manifest, sorted and unique, no path below a file or a link. Raises GracefulError otherwise."""
    entries: list[Entry] = []
    before = b""
    leaves = set()
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = json.loads(line)
            kind, path = row[0], row[-1]
        except (ValueError, LookupError, TypeError, RecursionError):
            raise _refuse(number, "not an entry") from None
        if not safe_path(path):
            raise _refuse(number, f"unsafe path {path!r}")
        raw = path.encode()
        if raw <= before:
            raise _refuse(number, f"{path!r} is out of order or given twice")
        before = raw
        parents = path.split("/")[:-1]
        if any("/".join(parents[: depth + 1]) in leaves for depth in range(len(parents))):
            raise _refuse(number, f"{path!r} lies below a file or a link")
        leaves.add(path)
        entries.append(_entry(number, kind, path, row))
    links = {entry.path: entry.target for entry in entries if entry.kind == "link"}
    for number, entry in enumerate(entries, 1):
        if entry.kind == "link" and not _leads_inside(entry.path, links):
            raise _refuse(number, f"{entry.path!r} links out of its tree, to {entry.target!r}")
    return entries


def _entry(number: int, kind: Any, path: str, row: list[Any]) -> Entry:
    if kind == "link" and len(row) == 3:
        if not _inside(path, row[1]):
            raise _refuse(number, f"{path!r} links out of its tree, to {row[1]!r}")
        return Entry("link", path, target=row[1])
    if kind in ("file", "exec") and len(row) == 4:
        digest, size = row[1], row[2]
        # `type`, since a flag is an int in Python.
        if isinstance(digest, str) and SHA256.fullmatch(digest) and type(size) is int and size >= 0:
            return Entry(kind, path, digest=digest, size=size)
    raise _refuse(number, "not an entry of a known kind")

"""Receiving a pack: every object is hashed while it is written and appears in the store only when it is what it claims."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Callable

from ..errors import GracefulError
from ..site.links import sync_file
from ..site.owner import Owner
from ..site.paths import SitePaths
from ..wire import Message
from .manifest import Entry, parse_manifest

#: A manifest of a million files stays below this; more is a broken or hostile stream.
MANIFEST_LIMIT = 256 * 1024 * 1024
LINE_LIMIT = 64 * 1024
SLICE = 256 * 1024


def _broken(how: str) -> GracefulError:
    return GracefulError(f"the pack {how}", "Run the deploy again.", code="bad-request")


class _Inflated:
    """Reads lines and byte runs from a zlib stream that comes in pieces; memory stays bounded whatever the ratio."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._zlib = zlib.decompressobj()
        self._buffer = bytearray()
        self._waiting = b""

    def _inflate(self) -> None:
        """Inflates what is there, at most a slice of it."""
        self._waiting = self._waiting or next(self._pieces, b"")
        if not self._waiting:
            raise _broken("ends too early")
        try:
            self._buffer += self._zlib.decompress(self._waiting, SLICE)
        except zlib.error as error:
            raise _broken(f"is damaged: {error}") from error
        self._waiting = self._zlib.unconsumed_tail

    def _more(self) -> None:
        before = len(self._buffer)
        while len(self._buffer) == before:
            if self._zlib.eof:
                raise _broken("ends too early")
            self._inflate()

    def finish(self) -> None:
        """Reads the stream to its end; more after the last record is a broken pack."""
        while not self._buffer and not self._zlib.eof:
            self._inflate()
        if self._buffer or self._zlib.unused_data or any(self._pieces):
            raise _broken("goes on after its end")

    def line(self) -> bytes:
        while True:
            end = self._buffer.find(b"\n")
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                return line
            if len(self._buffer) > LINE_LIMIT:
                raise GracefulError("the pack holds a header that is too long", code="bad-request")
            self._more()

    def run(self, size: int) -> Iterator[bytes]:
        while size > 0:
            if not self._buffer:
                self._more()
            piece = bytes(self._buffer[:size])
            del self._buffer[: len(piece)]
            size -= len(piece)
            yield piece


def receive_pack(pieces: Iterable[bytes], paths: SitePaths, owner: Owner) -> tuple[dict[str, bytes], int]:
    """Stores the objects of a pack. Returns its manifests by digest, each complete in the store, and the number of objects.

    The manifests are written to the store by `keep_trees` once all is on disk. Raises GracefulError on the first byte
    that is not as announced; what was stored until then is verified and stays for the next try.
    """
    stream = _Inflated(pieces)
    manifests: dict[str, bytes] = {}
    objects = 0
    while True:
        header = Message.parse(stream.line(), "pack record")
        if header.data.get("end") is True:
            stream.finish()
            break
        tree = header.optional_part("tree")
        if tree is not None:
            manifests[tree.text("digest")] = _manifest(stream, tree)
        else:
            _store_object(stream, header.part("object"), paths, owner)
            objects += 1
    for digest, text in manifests.items():
        _complete(digest, parse_manifest(text), paths)
    return manifests, objects


def _manifest(stream: _Inflated, tree: Message) -> bytes:
    size = tree.number("bytes")
    if not 0 <= size <= MANIFEST_LIMIT:
        raise GracefulError(f"a manifest of {size} bytes is refused", code="bad-request")
    text = b"".join(stream.run(size))
    if hashlib.sha256(text).hexdigest() != tree.text("digest"):
        raise GracefulError(
            "a manifest is not what its digest says", "Run the deploy again.", code="bad-request"
        )
    return text


def _store_object(stream: _Inflated, header: Message, paths: SitePaths, owner: Owner) -> None:
    digest, executable, size = header.text("sha256"), header.flag("executable"), header.number("bytes")
    final = paths.object(digest, executable)
    if size < 0:
        raise GracefulError(f"an object of {size} bytes is refused", code="bad-request")
    if _holds(final, digest):
        # A copy in its place would not be on disk yet, and known trees claim this one.
        _take(stream, size, digest, lambda _: None)
        return
    temporary = paths.incoming / f"{final.name}.{os.getpid()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            _take(stream, size, digest, file.write)
            owner.give(handle, owner.program if executable else owner.file)
        try:
            os.rename(temporary, final)
        except FileNotFoundError:
            owner.make_folder(final.parent)
            os.rename(temporary, final)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _take(stream: _Inflated, size: int, digest: str, write: Callable[[bytes], object]) -> None:
    """Hands on what follows in the stream. Raises GracefulError where it is not what its digest says."""
    hasher = hashlib.sha256()
    for piece in stream.run(size):
        hasher.update(piece)
        write(piece)
    if hasher.hexdigest() != digest:
        raise GracefulError(
            f"object {digest[:12]} is not what its digest says", "Run the deploy again.", code="bad-request"
        )


def _holds(path: Path, digest: str) -> bool:
    """True where the file is there and is what its digest says; one that a power cut emptied is not."""
    try:
        with path.open("rb") as file:
            hasher = hashlib.sha256()
            while piece := file.read(SLICE):
                hasher.update(piece)
            return hasher.hexdigest() == digest
    except FileNotFoundError:
        return False


def _complete(digest: str, entries: list[Entry], paths: SitePaths) -> None:
    for entry in entries:
        if entry.kind != "link" and not _has(paths.object(entry.digest, entry.executable), entry.size):
            raise GracefulError(
                f"tree {digest[:12]} lacks {entry.path}",
                "Run the deploy again with `force: true`.",
                code="bad-request",
            )


def _has(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def keep_trees(manifests: dict[str, bytes], paths: SitePaths, owner: Owner) -> None:
    """Makes received trees known. Call it after their objects were synced: a known tree is a whole tree."""
    for digest, text in manifests.items():
        final = paths.tree(digest)
        temporary = paths.incoming / f"{digest}.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        owner.write_file(temporary, text, owner.file)
        # A name that a power cut leaves without its content would be a known tree of no files.
        sync_file(temporary)
        os.rename(temporary, final)

"""Receiving a pack: every object is hashed while it is written and appears in the store only when it is what it claims."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import Callable

from ..errors import GracefulError
from ..site.links import sync_file
from ..site.owner import Owner
from ..site.paths import SitePaths
from ..wire import Message
from .plain import plain
from .records import Records
from .wanted import Wanted, holds


def receive_pack(
    pieces: Iterable[bytes], wanted: Wanted, paths: SitePaths, owner: Owner, compression: str = "zlib"
) -> int:
    """Stores the objects of a pack, which are those that the host lacked, and returns their number.

    Raises GracefulError on the first byte that is not as announced; what was stored until then is verified and stays for the
    next try. The trees become known by `keep_trees`, once all is on disk.
    """
    stream = Records(plain(pieces, compression))
    lacked = {key: wanted.sizes[key] for key, lacked in wanted.objects.items() if lacked}
    objects = 0
    while True:
        header = Message.parse(stream.line(), "pack record")
        if header.data.get("end") is True:
            stream.finish()
            break
        told = header.part("object")
        key = (told.text("sha256"), told.flag("executable"))
        if lacked.pop(key, None) != told.number("bytes"):
            raise GracefulError(
                f"the pack holds an object that was not asked for, {key[0][:12]!r}", code="bad-request"
            )
        _store_object(stream, *key, told.number("bytes"), paths, owner)
        objects += 1
    if lacked:
        raise GracefulError(
            f"the pack lacks {len(lacked)} of its objects", "Run the deploy again.", code="bad-request"
        )
    return objects


def _store_object(
    stream: Records, digest: str, executable: bool, size: int, paths: SitePaths, owner: Owner
) -> None:
    final = paths.object(digest, executable)
    if holds(final, digest):
        # Another run has sent it meanwhile. A copy in its place would not be on disk yet, and known trees may claim this one.
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


def _take(stream: Records, size: int, digest: str, write: Callable[[bytes], object]) -> None:
    """Hands on what follows in the stream. Raises GracefulError where it is not what its digest says."""
    hasher = hashlib.sha256()
    for piece in stream.run(size):
        hasher.update(piece)
        write(piece)
    if hasher.hexdigest() != digest:
        raise GracefulError(
            f"object {digest[:12]} is not what its digest says", "Run the deploy again.", code="bad-request"
        )


def keep_trees(wanted: Wanted, paths: SitePaths, owner: Owner) -> None:
    """Makes received trees known. Call it after their objects were synced: a known tree is a whole tree."""
    for digest, text in wanted.trees.items():
        final = paths.tree(digest)
        temporary = paths.incoming / f"{digest}.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        owner.write_file(temporary, text, owner.file)
        # A name that a power cut leaves without its content would be a known tree of no files.
        sync_file(temporary)
        os.rename(temporary, final)

"""What comes compressed, as it was: in slices, so that memory stays bounded whatever the ratio."""

from __future__ import annotations

import subprocess
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress

from ..errors import GracefulError

SLICE = 256 * 1024
#: The most memory that a zstd stream may ask for; the runner's take 8 MiB.
WINDOW = "--memory=64MB"


def broken(how: str) -> GracefulError:
    """The refusal of a stream that is not whole, or no such stream."""
    return GracefulError(f"the pack {how}", "Run the deploy again.", code="bad-request")


def plain(pieces: Iterable[bytes], compression: str = "zlib") -> Iterator[bytes]:
    """The content of a `zlib` or `zstd` stream. Raises GracefulError where it is damaged, ends too early or goes on after its
    end."""
    if compression == "zlib":
        return _inflated(pieces)
    if compression == "zstd":
        return _unpacked(pieces)
    raise GracefulError(f"the compression {compression!r} is not known", code="bad-request")


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj()
    for piece in pieces:
        while piece:
            if stream.eof:
                raise broken("goes on after its end")
            try:
                yield stream.decompress(piece, SLICE)
            except zlib.error as error:
                raise broken(f"is damaged: {error}") from error
            piece = stream.unconsumed_tail
    if not stream.eof:
        raise broken("ends too early")
    if stream.unused_data:
        raise broken("goes on after its end")


def _unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A second stream after the first is taken as its going on, which whoever reads the records refuses."""
    command = subprocess.Popen(
        ["zstd", "--decompress", "--stdout", "--quiet", WINDOW],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    failures: list[BaseException] = []

    def feed() -> None:
        assert command.stdin is not None
        try:
            # A command that has given up takes nothing more; its exit code tells.
            with suppress(BrokenPipeError), command.stdin:
                for piece in pieces:
                    command.stdin.write(piece)
        except BaseException as failure:
            failures.append(failure)

    # Nobody waits for one that waits for a runner that says nothing more.
    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    assert command.stdout is not None
    try:
        while piece := command.stdout.read1(SLICE):  # type: ignore[attr-defined]
            yield piece
        feeder.join()
        if failures:
            raise failures[0]
        if command.wait() != 0:
            raise broken("is damaged")
    finally:
        command.kill()
        command.wait()
        command.stdout.close()

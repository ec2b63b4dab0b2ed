"""The records of a compressed stream that comes in pieces."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from ..errors import GracefulError

LINE_LIMIT = 64 * 1024
SLICE = 256 * 1024


def _broken(how: str) -> GracefulError:
    return GracefulError(f"the pack {how}", "Run the deploy again.", code="bad-request")


class Inflated:
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

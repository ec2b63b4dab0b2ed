"""The records of a stream: lines, and bytes whose number a line has told."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import GracefulError
from .plain import broken

LINE_LIMIT = 64 * 1024


class Records:
    """Reads lines and byte runs from a stream that comes in pieces of any size."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._buffer = bytearray()

    def _more(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            raise broken("ends too early")
        self._buffer += piece

    def finish(self) -> None:
        """Reads the stream to its end; more after the last record is a broken pack."""
        if self._buffer or any(self._pieces):
            raise broken("goes on after its end")

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
            while not self._buffer:
                self._more()
            piece = bytes(self._buffer[:size])
            del self._buffer[: len(piece)]
            size -= len(piece)
            yield piece

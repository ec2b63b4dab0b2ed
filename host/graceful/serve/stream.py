"""The channel to the runner: JSON Lines both ways, with chunks of a pack in between."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from ..errors import GracefulError
from ..wire import Message, encode

#: A longer line is a broken peer; manifests and files travel in packs.
LINE_LIMIT = 16 * 1024 * 1024
CHUNK_LIMIT = 16 * 1024 * 1024


class Stream:
    """Standard input and output of `serve`. Waiting for lines and for another descriptor at once is possible."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source = source
        self._sink = sink
        self._ahead = bytearray()

    def send(self, message: dict[str, Any]) -> None:
        self.send_raw(encode(message))

    def send_raw(self, line: bytes) -> None:
        self._sink.write(line)
        self._sink.flush()

    def _fill(self) -> bool:
        """Reads what is there (at least one byte, or False at the end)."""
        piece = self._source.read1(1 << 20)  # type: ignore[attr-defined]
        self._ahead += piece
        return bool(piece)

    def _take_line(self) -> bytes | None:
        end = self._ahead.find(b"\n")
        if end < 0:
            if len(self._ahead) > LINE_LIMIT:
                raise GracefulError("a message is too long", code="protocol")
            return None
        line = bytes(self._ahead[:end])
        del self._ahead[: end + 1]
        return line

    def next(self) -> Message | None:
        """The next message; None when the runner has hung up."""
        while True:
            line = self._take_line()
            if line is not None:
                return Message.parse(line, "message")
            if not self._fill():
                return None

    def next_or(self, other: int) -> tuple[list[Message], bool, bool]:
        """Waits for messages or for the descriptor `other`: (messages, other is ready, the runner has hung up)."""
        if self._ahead.find(b"\n") < 0:
            ready, _, _ = select.select([self._source.fileno(), other], [], [])
            open_still = self._fill() if self._source.fileno() in ready else True
            told = other in ready
        else:
            open_still, told = True, False
        messages: list[Message] = []
        while True:
            line = self._take_line()
            if line is None:
                return messages, told, not open_still
            messages.append(Message.parse(line, "message"))

    def chunks(self) -> Iterator[bytes]:
        """The pieces of a pack, up to the chunk of no bytes. Raises GracefulError when the stream breaks off."""
        while True:
            header = self.next()
            if header is None:
                raise GracefulError("the connection broke off within the pack", "Run the deploy again.")
            kind = header.text("type")
            if kind == "heartbeat":
                self.send({"type": "ack", "n": header.number("n")})
                continue
            size = header.number("bytes")
            if kind != "chunk" or not 0 <= size <= CHUNK_LIMIT:
                raise GracefulError(f"a chunk was expected, and {kind!r} came", code="protocol")
            if size == 0:
                return
            yield from self._run(size)

    def _run(self, size: int) -> Iterator[bytes]:
        while size > 0:
            if not self._ahead and not self._fill():
                raise GracefulError("the connection broke off within the pack", "Run the deploy again.")
            piece = bytes(self._ahead[:size])
            del self._ahead[: len(piece)]
            size -= len(piece)
            yield piece


def quiet_stdout() -> Stream:
    """The stream, with file descriptor 1 kept from stray prints, which would break the protocol."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return Stream(sys.stdin.buffer, sink)

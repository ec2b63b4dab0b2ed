"""A log over the channel: lines as they come, until the log or the runner ends."""

from __future__ import annotations

import os

from ..operation.context import Context
from ..operation.logs import matching, reading, wanted
from ..wire import Message
from .stream import Stream


def send_logs(context: Context, stream: Stream, message: Message) -> None:
    """Answers `logs`. A runner that hangs up ends it; heartbeats are answered meanwhile."""
    ago = None if message.data.get("sinceMs") is None else message.number("sinceMs") / 1000
    grep = message.optional_text("grep")
    pattern = matching(grep)
    with reading(context, wanted(message.text("process"), ago, grep, message.flag("follow"))) as child:
        assert child.stdout is not None
        source, ahead = child.stdout.fileno(), b""
        while True:
            said, ready, hung_up = stream.next_or(source)
            for word in said:
                if word.text("type") == "heartbeat":
                    stream.send({"type": "ack", "n": word.number("n")})
            if hung_up:
                return
            piece = os.read(source, 1 << 16) if ready else b""
            if ready and not piece:
                break
            *whole, ahead = (ahead + piece).split(b"\n")
            found = [
                line for line in (raw.decode("utf-8", "replace") for raw in whole) if pattern.search(line)
            ]
            if found:
                stream.send({"type": "lines", "lines": found, "more": True})
    stream.send({"type": "lines", "lines": [], "more": False})

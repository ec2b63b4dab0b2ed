"""An operation's channel, and fronts of it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

from graceful.operation.channel import Channel, connect, read_events

from .support import SiteCase


class ChannelCase(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = self.paths.operations / "op1"

    def channel(self, lease: float | None = None) -> Channel:
        channel = Channel(self.folder)
        self.addCleanup(channel.listener.close)
        channel.open(lease)
        return channel

    def front(self) -> socket.socket:
        front = connect(self.folder)
        assert front is not None
        self.addCleanup(front.close)
        front.settimeout(5)
        return front

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in read_events(self.folder, after)]

    def numbers(self) -> list[int]:
        return [event["seq"] for event in self.events()]

    def eventually(self, true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 5
        while not true():
            self.assertLess(time.monotonic(), deadline, "it never came")
            time.sleep(0.01)

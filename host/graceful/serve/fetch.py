"""Trees over the channel, for another stage: a release's bits as this host has them."""

from __future__ import annotations

import base64

from ..site.paths import SitePaths
from ..store.lock import StoreHold
from ..store.send import pack_trees
from .stream import Stream


def send_trees(paths: SitePaths, stream: Stream, trees: dict[str, str]) -> None:
    """Answers `fetch`. Nothing of the store is removed meanwhile."""
    hold = StoreHold(paths.store_lock)
    try:
        for piece in pack_trees(paths, trees):
            stream.send({"type": "piece", "data": base64.b64encode(piece).decode(), "more": True})
    finally:
        hold.release()
    stream.send({"type": "piece", "data": "", "more": False})

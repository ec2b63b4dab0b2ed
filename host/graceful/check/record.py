"""How backends answered when they were asked last: for whoever watches the site, and for nothing that decides."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any

from ..site.lock import now
from ..site.paths import SitePaths

#: More backends than this have never been up at once.
MOST = 20


def note_health(paths: SitePaths, backend: str, good: bool, told: str) -> None:
    """Keeps the last word on a backend. Whoever asks backends holds the site's lock, so nobody else writes; what cannot be
    written is left, since nothing goes by it."""
    known = last_health(paths)
    known.pop(backend, None)
    kept = dict(list(known.items())[-MOST + 1 :])
    kept[backend] = {"at": now(), "good": good, "told": told}
    temporary = paths.health.with_name(".health")
    with suppress(OSError):
        temporary.write_text(json.dumps(kept))
        os.rename(temporary, paths.health)


def last_health(paths: SitePaths) -> dict[str, dict[str, Any]]:
    """By backend: when it was asked last, whether that was good, and what was told."""
    try:
        told = json.loads(paths.health.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}

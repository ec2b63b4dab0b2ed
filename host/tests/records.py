"""Records as a journal has them."""

from __future__ import annotations

from typing import Any

from graceful.journal.history import History
from graceful.journal.history import fold as fold_records

UNTIL = "2026-01-01T00:05:00.000Z"
LATER = "2026-01-02T00:05:00.000Z"


def fold(records: list[dict[str, Any]]) -> History:
    """Folds records as the journal writes them: each names its operation."""
    return fold_records({"format": 1, "at": UNTIL, "op": "op", **record} for record in records)


def deployed(release: str, n: int = 1, standby: str | None = None, **more: Any) -> list[dict[str, Any]]:
    """The records of a deploy that was confirmed and ended."""
    backend = f"{release}.{n}"
    return [
        {"step": "begin", "op": f"op-{release}", "kind": "deploy", "release": release},
        {"step": "stage", "release": release, "commit": release[-7:]},
        {"step": "prepare"},
        {"step": "start", "backend": backend, "dotenv": [1, 2, 3, 4]},
        {"step": "check", "backend": backend},
        {"step": "switch", "old": {}, "new": {"release": release, "backend": backend, "started": True}},
        {
            "step": "confirm",
            "release": release,
            "backend": backend,
            "standby": standby,
            "until": UNTIL,
            **more,
        },
        {"step": "end", "result": "live"},
    ]

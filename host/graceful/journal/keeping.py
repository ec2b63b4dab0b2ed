"""Which releases may go (invariant 8): pure functions over the journal. No clock, no file, no mtime is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from .history import History, Release

#: State of a release that was removed from this host; its name stays known.
PRUNED = "pruned"


@dataclass(frozen=True)
class Keep:
    """How many releases stay: `releases` that are good, and as many that are staged; `failed` that failed or were rolled back."""

    releases: int = 5
    failed: int = 3


def held(history: History, links: Collection[str | None]) -> dict[str, str]:
    """Releases that are in use, each with why: those are never removed."""
    found = {release: "a link names it" for release in links if release is not None}
    for backend in history.standing():
        found[backend.release] = f"its backend {backend.name} is {backend.role}"
    return found


def prunable(history: History, links: Collection[str | None], keep: Keep) -> list[str]:
    """Releases that may go, oldest first. Each kind is counted apart, so that failed ones never use up the good ones."""
    used = held(history, links)
    newest = sorted(history.releases.values(), key=lambda release: -release.order)
    gone = [
        *_beyond(newest, ("good",), keep.releases),
        *_beyond(newest, ("staged",), keep.releases),
        *_beyond(newest, ("failed", "rolled-back"), keep.failed),
    ]
    return [release.id for release in sorted(gone, key=lambda r: r.order) if release.id not in used]


def _beyond(newest: Iterable[Release], states: Collection[str], count: int) -> list[Release]:
    return [release for release in newest if release.state in states][count:]


def last_served(records: Iterable[dict[str, Any]], staged: bool = True) -> dict[str, str]:
    """When each release last could have rendered a page for a visitor (ISO UTC). `staged`: also those that never were live
    here, as of their coming: another host may have shown one."""
    left: dict[str, str] = {}
    tried = None
    for record in records:
        step, at = record["step"], record.get("at", "")
        if step == "stage" and staged:
            left[record["release"]] = at
        elif step == "switch":
            tried = record["new"]["release"]
            left[tried] = at
            if record["old"]["release"] is not None:
                left[record["old"]["release"]] = at
        elif step == "fall-back" and tried is not None:
            left[tried] = at
    return left

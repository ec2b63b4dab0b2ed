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


def prunable(
    history: History, links: Collection[str | None], keep: Keep, lately: str | None = None
) -> dict[str, str]:
    """Releases that may go, oldest first, each with why. Each kind is counted apart, so that failed ones never use up the good
    ones. The last one that was rolled back from, if that was after `lately` (ISO UTC), stays: somebody may want to see why, or
    go forth again."""
    used = held(history, links)
    newest = sorted(history.releases.values(), key=lambda release: -release.order)
    kinds = (
        (("good",), keep.releases, f"more than keep.releases: {keep.releases}"),
        (("staged",), keep.releases, f"more staged ones than keep.releases: {keep.releases}"),
        (("failed", "rolled-back"), keep.failed, f"more than keep.failed: {keep.failed}"),
    )
    left = [one for one in newest if one.state == "rolled-back" and lately is not None and one.since > lately]
    last = max(left, key=lambda one: one.since, default=None)
    gone = [(one, why) for states, count, why in kinds for one in _beyond(newest, states, count)]
    return {
        release.id: why
        for release, why in sorted(gone, key=lambda one: one[0].order)
        if release.id not in used and release is not last
    }


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

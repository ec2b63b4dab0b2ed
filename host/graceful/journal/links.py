"""The link table of the design as pure functions: which link names which release after which event."""

from __future__ import annotations

from typing import Optional

from .history import History

Links = dict[str, Optional[str]]


def after_deploy(links: Links, history: History, new: str, old: str | None) -> Links:
    """A deploy of `new` over `old` was confirmed. An old one that is not good (its deploy was never confirmed) is no target."""
    good = old is not None and old in history.releases and history.releases[old].state == "good"
    return {**links, "current": new, "previous": old if good and old != new else history.good_before(new)}


def after_rollback(links: Links, history: History, target: str, left: str | None) -> Links:
    """A rollback to `target` was confirmed and `left` is marked: `history` knows that already."""
    return without(history, left, {**links, "current": target, "previous": history.good_before(target)})


def after_standby(links: Links, history: History) -> Links:
    """The live release outlived its standby time: it works."""
    current, working = links["current"], links["working"]
    if current == working:
        return links
    before = working if working in history.releases and history.releases[working].state == "good" else None
    return {**links, "working": current, "previous-working": before}


def without(history: History, marked: str | None, links: Links) -> Links:
    """A release was marked failed or rolled-back: a link that names it moves to the newest good one before it, or goes.
    `previous-working` never names what `working` names: it moves on."""
    if marked is None:
        return links
    moved = {
        name: history.good_before(marked) if release == marked and name != "current" else release
        for name, release in links.items()
    }
    working = moved["working"]
    if working is not None and moved["previous-working"] == working:
        moved["previous-working"] = history.good_before(working)
    return moved

"""How an operation that leaves the live release alone ends, also where it was cut off."""

from __future__ import annotations

from typing import Any

from ..errors import UNTOUCHED
from ..journal.history import Unfinished
from ..journal.keeping import PRUNED
from ..site.links import read_links
from ..site.maintenance import go_offline, go_online
from .context import Context
from .outcome import failure, plain_outcome
from .prune import prune_left

#: What the journal calls them.
UPKEEP = ("clean", "delete", "offline", "online")


def done(context: Context, message: str) -> dict[str, Any]:
    return plain_outcome(context, "done", read_links(context.paths)["current"], message)


def not_done(context: Context, kind: str, why: Exception) -> dict[str, Any]:
    """It began, and was taken back."""
    told = f"{kind} failed: {why}. {UNTOUCHED}"
    return plain_outcome(
        context, "failed", read_links(context.paths)["current"], told, failure(kind, "lock", why)
    )


def finish(context: Context, unfinished: Unfinished) -> dict[str, Any]:
    """Ends one of these that was cut off: what the journal says is so is made so, and nothing more."""
    kind = unfinished.kind
    if kind == "offline":
        # The page was made ready before; whoever took that back has told that it failed.
        if go_offline(context.paths) or context.paths.offline.exists():
            return done(context, "Visitors get the maintenance page; this was finished from the journal.")
        serves = read_links(context.paths)["current"]
        return plain_outcome(context, "failed", serves, f"The offline was taken back. {UNTOUCHED}")
    if kind == "online":
        go_online(context.paths)
        return done(context, "Visitors get the site again; this was finished from the journal.")
    prune_left(context)
    history = context.history()
    began = unfinished.begin
    gone = [one for one in began["releases"] if history.releases[one].state == PRUNED]
    told = f"The {kind} was cut off: {len(gone)} of {len(began['releases'])} releases are removed."
    if kind == "delete" and not gone:
        return plain_outcome(context, "failed", read_links(context.paths)["current"], told)
    return done(context, told)

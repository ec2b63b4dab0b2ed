"""`verify`: reads the store, and what was placed from it, against what they ought to be, and takes what is damaged out of the
store, so that the next deploy mends it. It needs no site's lock, and the store alone only for that last moment."""

from __future__ import annotations

from typing import Any, Callable

from ..errors import GracefulError, explain
from ..release.damage import is_noted, note_damage
from ..release.spec import DAMAGED
from ..store.damaged import make_damaged
from ..store.lock import StoreBusy, StoreHold, store_alone
from ..store.take_out import mark_envs, take_out
from .context import Context
from .findings import Findings
from .inspection import Inspection

#: So long (seconds) whoever sends to the store is waited for.
PATIENCE = 30.0

IN_STORE = "What is damaged in the store does not count as there any more: the next deploy that needs it brings it again."
STATIC = "The next deploy mends damaged static files, as far as it has them."
EDITED = "Edited code stays as it is: the next deploy makes a release without that, and `delete` removes one that is not live."
#: What becomes of damage, by what is damaged.
FOLLOWING = {
    "object": IN_STORE,
    "tree": IN_STORE,
    "environment": "The next deploy that uses a damaged environment mends it in its place; what runs from it runs on.",
    "static": STATIC,
    "asset": STATIC,
    "code": EDITED,
    "config": EDITED,
    "release": DAMAGED,
}
STILL = "What is damaged counts as there still"


def verify(context: Context, send: Callable[[dict[str, Any]], None]) -> None:
    """Tells what it finds by `send`, in `verified` messages; the last has `more: false`. Raises GracefulError where there is no
    store yet."""
    paths = context.paths
    if not paths.store.is_dir():
        raise GracefulError("nothing was deployed here yet", "Deploy first.", code="bad-request")
    findings = Findings(paths, context.site.name, send)
    hold = StoreHold(paths.store_lock)
    try:
        inspection = Inspection(paths, findings)
    finally:
        hold.release()
    findings.end(_settle(context, findings, inspection))


def _settle(context: Context, findings: Findings, inspection: Inspection) -> list[str]:
    """Makes what was found so count for the next deploy; returns what becomes of it, in words."""
    paths = context.paths
    sites = {paths, *inspection.files}
    if not (findings.count or inspection.was_damaged or any(is_noted(site) for site in sites)):
        return []
    try:
        with store_alone(paths.store_lock, PATIENCE):
            make_damaged(paths, context.site.owner)
            for site in sites:
                ids = {user.id for user in findings.concerned if user.root == site.root}
                note_damage(site, ids, inspection.files.get(site, {}))
            mark_envs(paths, context.site.owner, inspection.envs, inspection.marked)
            take_out(paths, context.site.owner, findings.comparer.bad, inspection.trees)
    except StoreBusy:
        busy = f"{STILL}: somebody sends to the store. Run verify again when that has ended."
        return [busy] if findings.count else []
    except OSError as error:
        what, mend = explain(error, paths.store)
        return [f"{STILL}: {what}", mend]
    return list(dict.fromkeys(words for part, words in FOLLOWING.items() if part in findings.parts))

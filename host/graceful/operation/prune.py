"""Pruning: releases that are too many go, and in the end what only they needed. Call all of it under the site's lock, but for the
store's clean-up, which has a lock of its own."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..errors import GracefulError
from ..journal.journal import read_journal
from ..journal.keeping import PRUNED, Keep, last_served, prunable
from ..release.pruning import clean_assets, remember_assets, remove_release
from ..release.spec import Spec, load_spec
from ..release.use import unused
from ..site.links import linked_release, read_links
from ..store.cleaning import clean_store, is_due
from ..store.lock import StoreBusy
from .context import Context, moment

#: An operator's clean-up of the store waits so long for a deploy that is sending (seconds); the timer's not at all.
PATIENCE = 10.0
#: The last one that was rolled back from stays for so long, however many others there are (seconds).
ROLLED_BACK = 86400.0


def keep_of(context: Context, count: int | None = None) -> Keep:
    """What stays: as the live release was configured, with another number of good ones where one is given."""
    spec = _live(context)
    keep = spec.keep if spec is not None else Keep()
    return keep if count is None else Keep(count, keep.failed)


def too_many(context: Context, keep: Keep) -> dict[str, str]:
    """Releases that may go and are more than are to be kept, each with why."""
    found = prunable(context.history(), read_links(context.paths).values(), keep, moment(-ROLLED_BACK))
    return {release: why for release, why in found.items() if not runs_a_command(context, release)}


def runs_a_command(context: Context, release: str) -> bool:
    """True where a management command runs in it, or verify reads it."""
    with unused(context.paths.release(release).folder) as free:
        return not free


def prune(context: Context, releases: dict[str, str]) -> list[str]:
    """Removes releases, each for its reason, that are neither linked nor running, and in which no command began meanwhile;
    returns them. The journal knows each as gone before it goes."""
    served = last_served(read_journal(context.paths.journal))
    gone = []
    for release, why in releases.items():
        folder = context.paths.release(release).folder
        with unused(folder) as free:
            if not free:
                continue
            if folder.is_dir():
                until = _later(served[release], _keep_static(context))
                remember_assets(context.paths, release, until, context.site.owner)
            context.journal.write("mark", release=release, state=PRUNED, why=why)
            remove_release(context.paths, release)
        gone.append(release)
    return gone


def told_of(many: dict[str, str], gone: list[str]) -> str:
    """Releases that went, each with why, in words."""
    return f"{len(gone)} releases ({', '.join(f'{release}: {many[release]}' for release in gone)})"


def prune_left(context: Context) -> None:
    """Removes what a prune that was killed had only journalled."""
    for release in context.history().releases.values():
        if release.state == PRUNED:
            remove_release(context.paths, release.id)


def tidy_assets(context: Context) -> int:
    """Removes assets whose pages are too old; returns how many."""
    paths, now, keep = context.paths, moment(), _keep_static(context)
    if not paths.assets.is_dir():
        return 0
    served = last_served(read_journal(paths.journal), staged=False)
    gone = {
        release
        for release, at in served.items()
        if not paths.release(release).folder.is_dir() and _later(at, keep) > now
    }
    return clean_assets(paths, gone, now, context.site.owner)


def prune_in_time(context: Context) -> bool:
    """The timer's: what is too many by configuration. True where something was removed."""
    if linked_release(context.paths, "current") is None:
        return False
    prune_left(context)
    keep = keep_of(context)
    many = too_many(context, keep)
    gone: list[str] = []
    if many:
        context.journal.write("begin", kind="clean", origin={"actor": "timer"}, releases=list(many))
        gone = prune(context, many)
        message = f"removed {told_of(many, gone)}"
        serves = linked_release(context.paths, "current")
        context.journal.write("end", result="done", release=serves, message=message)
    if many or is_due(context.paths):
        tidy_assets(context)
    return bool(gone)


def tidy_store(context: Context, anyhow: bool, patience: float = 0) -> str | None:
    """Removes from the store what no release of any of its sites needs, without the site's lock; tells what, or why not. Nothing
    is looked at where it is not due, unless `anyhow`."""
    if not anyhow and not is_due(context.paths):
        return None
    try:
        return f"{clean_store(context.paths, patience)} removed"
    except StoreBusy:
        return "in use by a deploy or verify, so the timer cleans it later"
    except GracefulError as error:
        return f"{error.message} ({error.next_step})"


def _live(context: Context) -> Spec | None:
    release = linked_release(context.paths, "current")
    return load_spec(context.paths, release) if release else None


def _keep_static(context: Context) -> float:
    spec = _live(context)
    return spec.times.keep_static if spec else 86400.0


def _later(at: str, seconds: float) -> str:
    time = datetime.fromisoformat(at.replace("Z", "+00:00")) + timedelta(seconds=seconds)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")

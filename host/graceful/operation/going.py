"""Operations about a release that is on the host already: rollback, activate, update, restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..errors import GracefulError, Superseded
from ..journal.history import History
from ..journal.keeping import PRUNED
from ..release.spec import Spec, load_spec
from ..site.links import foreign_current, linked_release, read_links
from .asked import Asked
from .context import Context
from .run import begin, refuse_older, refused, under_lock
from .transact import transact

#: So many releases are named to whoever named one that is not there.
SHOWN = 5


def run_rollback(context: Context, release: str | None, asked: Asked) -> dict[str, Any]:
    """Goes back to a release; where none is named, to the one before what is live now, while this is asked for. Returns the
    outcome."""
    # The run number is a deploy's: an older run's rollback is no older deploy.
    ordered = replace(asked, origin={})
    target = _from_here(context, _previous) if release is None else lambda: release
    return _go_to(context, "rollback", target, asked, ordered)


def run_activate(context: Context, release: str, asked: Asked) -> dict[str, Any]:
    """Puts a release live that is on the host: a staged one, or any other by its name."""
    return _go_to(context, "activate", lambda: release, asked, asked)


def run_update(context: Context, release: str | None, asked: Asked) -> dict[str, Any]:
    """Starts the inactive release anew, and switches to it. Of several hosts the runner names it: what stands by on one of them
    may be another one than on the others."""
    target = _from_here(context, inactive if release is None else lambda _: release)
    return _go_to(context, "update", target, asked, asked, fresh=True)


def run_restart(context: Context, asked: Asked) -> dict[str, Any]:
    """Starts the live release anew beside itself, and puts the new backend in the old one's place."""
    return under_lock(context, "restart", asked, lambda: restart(context, asked))


def restart(context: Context, asked: Asked) -> dict[str, Any]:
    """The same, under the lock."""
    live = linked_release(context.paths, "current")
    if live is None:
        raise GracefulError("nothing is live yet", "Deploy first.")
    return _go(context, "restart", load_spec(context.paths, live), asked, fresh=True)


def inactive(context: Context) -> str:
    """The release that stands by, or else the one before: what `switch` without a name would mean."""
    standby = context.history().backend_in("standby")
    if standby:
        return standby[-1].release
    previous = linked_release(context.paths, "previous")
    if previous is None:
        told = _marked(context)
        raise GracefulError(
            "no other release stands by, and there is no good one before the live one"
            + (f" (marked, and not meant by itself: {told})" if told else ""),
            "`releases` lists those that are on this host; `switch RELEASE` goes to one by its name.",
        )
    return previous


def _from_here(context: Context, target: Callable[[Context], str]) -> Callable[[], str]:
    """What is meant by what is live now, while it is asked for; Superseded where that is live no more: who asks twice at once
    means it once."""
    seen = read_links(context.paths)["current"]

    def found() -> str:
        if read_links(context.paths)["current"] != seen:
            raise Superseded(f"{seen} was live when this was asked for, and is not any more")
        return target(context)

    return found


def _go_to(
    context: Context, kind: str, target: Callable[[], str], asked: Asked, ordered: Asked, fresh: bool = False
) -> dict[str, Any]:
    """`ordered`: what decides whether something newer was confirmed meanwhile."""

    def work() -> dict[str, Any]:
        refuse_older(context.history(), ordered)
        spec = _fitting(context, target(), asked)
        _tell_of_mark(context, spec)
        return _go(context, kind, spec, asked, fresh)

    try:
        if asked.preempt and foreign_current(context.paths) is None:
            _spare(context, target, asked)
    except (GracefulError, Superseded) as error:
        return refused(context, asked.called or kind, error)
    return under_lock(context, kind, asked, work)


def _spare(context: Context, target: Callable[[], str], asked: Asked) -> None:
    """No deploy gives way to what is refused then. Only one that has not reached SWITCH does, and until then the links are
    those that will count."""
    unfinished = context.history().unfinished
    if unfinished is None or unfinished.switch is None:
        _fitting(context, target(), asked)


def _fitting(context: Context, release: str, asked: Asked) -> Spec:
    """Invariant 10: the database is left as it is, so whoever goes to a release that does not know all of it has to say so.
    Raises GracefulError where it cannot be gone to."""
    spec = _there(context, release)
    ahead = context.history().ahead_of(release)
    if ahead and not asked.database_ahead:
        raise GracefulError(
            f"the database is ahead of {release} by {', '.join(ahead)}, which later releases have applied: this one was not"
            " written for them, and nothing takes them back",
            "See whether it can live with them: a new table or a new column that may be empty harms it not, one that is gone,"
            " renamed or required does. If it can, run this again with --database-ahead (input `database-ahead: true`); else"
            " deploy a mended commit.",
        )
    return spec


def _tell_of_mark(context: Context, spec: Spec) -> None:
    """A check that failed may have been wrong itself, and it is a part of the release."""
    known = context.history().releases.get(spec.id)
    if known is not None and known.state in ("failed", "rolled-back"):
        context.tell.emit(
            "notice",
            message=f"{spec.id} is marked {known.state}; it is checked as it was deployed, by its own health settings"
            f" ({spec.health.path}), and not by those of graceful.yml now",
        )


def _go(context: Context, kind: str, spec: Spec, asked: Asked, fresh: bool = False) -> dict[str, Any]:
    history = context.history()
    transaction = begin(context, kind, spec, asked, history)
    transaction.fresh = fresh
    transaction.goes_back = kind == "rollback" or _is_older(history, spec.id, transaction.old_release)
    return transact(transaction)


def _is_older(history: History, release: str, than: str | None) -> bool:
    one, other = history.releases.get(release), history.releases.get(than or "")
    return one is not None and other is not None and one.order < other.order


def _previous(context: Context) -> str:
    """Where a plain rollback goes. Raises GracefulError where there is nothing to go to."""
    target = linked_release(context.paths, "previous")
    if target is not None:
        return target
    live = linked_release(context.paths, "current")
    if live is None:
        raise GracefulError("nothing is live on this host, so there is nothing to roll back", "Deploy first.")
    told = _marked(context)
    raise GracefulError(
        "there is no previous release to roll back to"
        + (f": a plain rollback never goes to {told}" if told else ""),
        "Name a release to go there all the same; it is checked as any other before a visitor gets it."
        if told
        else "This is the only release on this host: deploy another commit.",
    )


def _marked(context: Context) -> str:
    """The releases beside the live one that are no target by themselves, in words; empty where there is none."""
    live = linked_release(context.paths, "current")
    marked = [
        release
        for release in context.history().releases.values()
        if release.id != live and context.paths.release(release.id).manifest.is_file()
    ]
    told = ", ".join(f"{release.id} ({release.state})" for release in marked[-3:])
    return told + (f" or the {len(marked) - 3} others that are marked" if len(marked) > 3 else "")


def _newest(context: Context) -> str:
    """Some releases that can be gone to, the newest first."""
    live = linked_release(context.paths, "current")
    here = [path.parent.name for path in context.paths.releases.glob("[0-9]*/release.json")]
    return (
        ", ".join(sorted((name for name in here if name != live), reverse=True)[:SHOWN])
        or "there is no other"
    )


def _there(context: Context, target: str) -> Spec:
    """The release to go to. Raises GracefulError where it cannot be gone to."""
    history = context.history()
    if target == linked_release(context.paths, "current"):
        raise GracefulError(f"{target} is live already", "`status` lists the releases; name another one.")
    known = history.releases.get(target)
    if known is None and not context.paths.release(target).manifest.is_file():
        raise GracefulError(
            f"release {target} is not on this host",
            f"Name one that is: {_newest(context)}; `releases` tells of each.",
            code="unknown",
        )
    if known is not None and known.state == PRUNED:
        raise GracefulError(
            f"release {target} is no longer on this host: it was removed at {known.since}"
            + (f" ({known.why})" if known.why else ""),
            f"Deploy its commit {known.commit[:12]} again; `releases` lists those that are here.",
        )
    if target in history.releases and not context.paths.release(target).manifest.is_file():
        raise GracefulError(
            f"release {target} is not whole on this host: its deploy ended too early, or its folder was removed",
            f"Deploy its commit {history.releases[target].commit[:12]} again; `status` lists the releases.",
        )
    return load_spec(context.paths, target)

"""Operations that leave the live release alone: delete, clean, recover, offline, online. All under the lock, and journalled."""

from __future__ import annotations

import errno
from typing import Any

from ..errors import GracefulError, explain
from ..journal.keeping import held
from ..site.links import read_links
from ..site.maintenance import drop_page, go_offline, go_online, ready_page
from .asked import Asked
from .context import Context
from .keepalive import keep_live
from .prune import PATIENCE, keep_of, prune, runs_a_command, tidy_assets, tidy_store, told_of, too_many
from .run import has_begun, under_lock
from .upkeep import done, not_done


def run_delete(context: Context, release: str, asked: Asked) -> dict[str, Any]:
    """Removes one release that is neither linked nor running."""

    def work() -> dict[str, Any]:
        history, folder = context.history(), context.paths.release(release).folder
        used = held(history, read_links(context.paths).values()).get(release)
        if used is None and runs_a_command(context, release):
            used = "a management command runs in it, or verify reads it"
        if used is not None:
            raise GracefulError(
                f"{release} is in use: {used}", "`releases` lists those that can be deleted.", code="refused"
            )
        if release not in history.releases or not folder.is_dir():
            raise GracefulError(
                f"release {release} is not on this host", "`releases` lists those that are.", code="unknown"
            )
        _begin(context, "delete", asked, releases=[release])
        if not prune(context, {release: "deleted by name"}):
            why = GracefulError(
                f"a management command runs in {release}, or verify reads it",
                "Run it again once that has ended.",
            )
            return not_done(context, "delete", why)
        return done(context, f"{release} is deleted.")

    return _and_store(context, under_lock(context, "delete", asked, work))


def run_clean(context: Context, count: int | None, asked: Asked) -> dict[str, Any]:
    """Removes the releases that are too many: `count` good ones stay, or as many as the live release's configuration says."""

    def work() -> dict[str, Any]:
        keep = keep_of(context, count)
        many = too_many(context, keep)
        _begin(context, "clean", asked, releases=list(many))
        gone = prune(context, many)
        assets = tidy_assets(context)
        told = f"removed {told_of(many, gone)}" if gone else "no release was too many"
        return done(
            context, f"{told}, and {assets} static files of earlier ones that no page names any more."
        )

    ended = under_lock(context, "clean", asked, work)
    if ended["result"] != "done" and _no_room(context):
        # Not even for the journal, without which no release goes. What no release needs does not have to be journalled.
        context.tell.emit("notice", message=f"store: {tidy_store(context, True, PATIENCE)}")
        ended = under_lock(context, "clean", asked, work)
    return _and_store(context, ended)


def run_recover(context: Context, asked: Asked) -> dict[str, Any]:
    """Finishes or undoes what was cut off; whatever takes the lock does that first."""
    unfinished = context.history().unfinished

    def work() -> dict[str, Any]:
        ended = context.history().ends.get(unfinished.op) if unfinished else None
        return done(context, str(ended["message"]) if ended else "Nothing was unfinished.")

    return under_lock(context, "recover", asked, work)


def run_offline(context: Context, until: str, asked: Asked) -> dict[str, Any]:
    """Visitors get the maintenance page; backends run on."""

    def work() -> dict[str, Any]:
        try:
            ready_page(context.paths, asked.origin.get("reason") or "", until, context.site.owner)
            _begin(context, "offline", asked, until=until)
            go_offline(context.paths)
        except OSError as error:
            # Who was told that it failed must not find the site offline later: recovery shows only a page that is ready.
            drop_page(context.paths)
            if not has_begun(context):
                raise
            why = GracefulError(*explain(error, context.paths.root))
            return not_done(context, "offline", why)
        return done(context, "Visitors get the maintenance page; `online` ends it.")

    return under_lock(context, "offline", asked, work)


def run_online(context: Context, asked: Asked) -> dict[str, Any]:
    """Visitors get the site again."""

    def work() -> dict[str, Any]:
        was, halted = context.paths.offline.exists(), context.history().halted
        if was and halted is not None:
            raise GracefulError(
                f"visitors would get errors: the live release was stopped at {halted['at']}, and stays so until `start`",
                "`start` it (they have the maintenance page meanwhile), then run `online` again.",
            )
        # While they still have the page: what died behind it was left alone.
        _, words = keep_live(context, offline=True) if was else (True, "")
        _begin(context, "online", asked)
        go_online(context.paths)
        return done(context, f"Visitors get the site again; {words}." if was else "The site was not offline.")

    return under_lock(context, "online", asked, work)


def _no_room(context: Context) -> bool:
    """True where the journal cannot grow."""
    try:
        context.journal.reserve()
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return False


def _and_store(context: Context, outcome: dict[str, Any]) -> dict[str, Any]:
    """What only the removed releases needed goes too; not under the site's lock, which whoever holds the store may wait for."""
    if outcome["result"] == "done":
        outcome["message"] += f" In the store: {tidy_store(context, True, PATIENCE)}."
    return outcome


def _begin(context: Context, kind: str, asked: Asked, **data: Any) -> None:
    context.journal.write("begin", kind=kind, origin=asked.origin, **data)

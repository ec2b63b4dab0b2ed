"""Finishing or undoing, from the journal, an operation whose process died."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ..journal.history import Unfinished
from ..release.spec import Spec, load_spec
from ..site.links import read_links, remove_link
from .channel import Channel, Gone
from .context import Context
from .hiding import Secrets
from .outcome import outcome, plain_outcome
from .processes import follow, renew
from .retire import end_at_once
from .steps import finish_confirm
from .transaction import Transaction
from .undo import abandon, fall_back
from .upkeep import UPKEEP, finish


def recover(context: Context) -> None:
    """Brings the site to one whole release. Call it under the lock.

    The outcome goes into the tale of the operation that had not ended, for whoever follows it or asks for it.

    After a durable confirm the rest of the confirm is done; after SWITCH the site falls back; before it nothing had
    been visible and the remains are removed.
    """
    unfinished = context.history().unfinished
    if unfinished is None:
        return
    # Its own folder holds the links that it had made ready.
    own = Context(context.site, context.paths, context.manager, unfinished.op, context.tell)
    with context.step("recover") as detail:
        ended = _finish(own, unfinished)
        detail.append(f"{unfinished.words}: {ended['result']}")
    follow(own)
    end(own, ended)
    if context.name == unfinished.op:
        context.tell.emit("outcome", outcome=ended)
    elif own.folder.is_dir():
        # The tale is for those who follow it; a full disk does not undo the recovery.
        with suppress(OSError):
            channel = Channel(own.folder, Secrets(own.paths))
            channel.emit("outcome", outcome=ended)
            channel.close()


def end(context: Context, ended: dict[str, Any]) -> None:
    """Writes an operation's end into the journal."""
    message = context.hidden(ended["message"])
    context.journal.write("end", result=ended["result"], release=ended["release"], message=message)


def _finish(context: Context, unfinished: Unfinished) -> dict[str, Any]:
    if unfinished.kind in UPKEEP:
        return finish(context, unfinished)
    began = unfinished.begin
    died = Gone(f"the {unfinished.kind}'s process on the host ended too early")
    spec = _spec_of(context, began.get("release"))
    backends = context.history().backends
    roles = {name: backends[name].role for name in unfinished.started}
    if spec is None:
        for backend, role in roles.items():
            if role == "starting":
                end_at_once(context, backend)
        remove_link(context.paths.candidate)
        if unfinished.kind in ("deploy", "stage") and began.get("release") in context.history().releases:
            # Announced, and killed before its folder appeared.
            context.journal.write("mark", release=began["release"], state="failed", why=str(died))
        serves = read_links(context.paths)["current"]
        told = "was cut off before the switch; nothing was changed"
        if began.get("release") is None:
            told = "was cut off: what was told to end ends, and what it had not come to is as it was; `status` tells"
        return plain_outcome(context, "failed", serves, f"The {unfinished.kind} {told}.")
    transaction = Transaction(
        context, unfinished.kind, spec, began.get("origin", {}), began.get("old"), began.get("old_backend")
    )
    transaction.alone = runs_alone(context, spec, began.get("old"))
    if unfinished.confirm is not None:
        finish_confirm(context, unfinished.confirm)
        if transaction.restarts:
            renew(context)
        return outcome(
            transaction, "live", spec.id, f"{spec.id} is live; the confirm was finished from the journal."
        )
    if unfinished.switch is not None:
        new = unfinished.switch["new"]
        transaction.new_backend, transaction.started = new["backend"], new["started"]
        transaction.adopt = unfinished.switch.get("adopt", False)
        return fall_back(transaction, "verify" if unfinished.step == "switch" else unfinished.step, died)
    # What serves was started on a way back that was cut off.
    if new := [name for name, role in roles.items() if role != "active"]:
        transaction.new_backend, transaction.started = new[-1], True
    return abandon(transaction, unfinished.step, died)


def runs_alone(context: Context, spec: Spec, old: str | None) -> bool:
    """True where one of the two releases says that the host cannot run both at once."""
    before = _spec_of(context, old)
    return "restart" in (spec.strategy, before.strategy if before else None)


def _spec_of(context: Context, release: str | None) -> Spec | None:
    """The release's description, or None where it had not appeared yet (or the operation was about no release)."""
    if release is None or not context.paths.release(release).manifest.exists():
        return None
    return load_spec(context.paths, release)

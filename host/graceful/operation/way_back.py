"""Getting the release that was live to serve again; and what serves where that cannot be done."""

from __future__ import annotations

from dataclasses import dataclass

from ..check.health import ONE_ANSWER, WEB
from ..check.liveness import answers, listens
from .backend import has_socket, link_socket
from .retire import end_at_once
from .revive import revive
from .switching import switch_back
from .transaction import Transaction


@dataclass(frozen=True)
class WayBack:
    """How a fall-back ended."""

    #: False where what was live cannot be brought up again.
    reverted: bool
    #: What `current` names now.
    release: str | None
    #: Somebody answers there.
    up: bool = True
    #: The backend that was live had died, and another one of its release took its place.
    revived: bool = False
    #: It was stopped by hand before, and stays so.
    stopped: bool = False


def go_back(transaction: Transaction) -> WayBack:
    """One rename where the old backend lives, or was stopped by hand; else it is started again first, since the new one may
    still serve."""
    old = transaction.old_release
    if old is None:
        switch_back(transaction)
        return WayBack(True, None)
    if lives(transaction):
        switch_back(transaction)
        return WayBack(True, old)
    if transaction.context.history().halted is not None and not transaction.restarts:
        switch_back(transaction)
        return WayBack(True, old, stopped=True)
    if was_revived(transaction, old):
        if not transaction.restarts:
            switch_back(transaction)
        return WayBack(True, old, revived=True)
    if _bring_up(transaction, old):
        return WayBack(True, old, revived=True)
    return _stay(transaction, old)


def lives(transaction: Transaction) -> bool:
    """True where the old backend runs and takes connections."""
    context, backend = transaction.context, transaction.old_backend
    return (
        backend is not None
        and context.manager.state(WEB, backend).up
        and listens(context.paths.backend_socket(backend))
    )


def was_revived(transaction: Transaction, old: str) -> bool:
    """True where whoever was on this way back before had started another backend of the old release, and died then."""
    context = transaction.context
    again = context.history().backend_of(old, "active")
    return (
        again is not None
        and again.name not in (transaction.old_backend, transaction.new_backend)
        and context.manager.state(WEB, again.name).up
        and has_socket(context.paths, again.name)
    )


def _bring_up(transaction: Transaction, old: str) -> bool:
    context = transaction.context
    context.tell.emit("notice", message=f"the backend of {old} died meanwhile; it is started again")
    if transaction.alone and transaction.new_backend is not None:
        # There is no room for two.
        end_at_once(context, transaction.new_backend)
    if not revive(context, old, transaction.new_backend):
        return False
    if not transaction.restarts:
        switch_back(transaction)
    return True


def _stay(transaction: Transaction, old: str) -> WayBack:
    """The old release does not come up. The new one failed a check, but an answer of it is better than none; where it
    gives none, `current` goes back to the good release, which the timer starts again and again."""
    context, new = transaction.context, transaction.new_backend
    up = new is not None and context.manager.state(WEB, new).up
    if new is not None and up and answers(context.paths, context.manager, new, transaction.spec, ONE_ANSWER):
        tried = context.history().backend_of(old, "active")
        if tried is not None:
            end_at_once(context, tried.name)
        link_socket(context.paths, new)
        context.journal.write("active", backend=new)
        return WayBack(False, transaction.spec.id)
    if not transaction.restarts:
        switch_back(transaction)
    return WayBack(False, old, up=False)

"""Ways back: abandoning before the switch, falling back after it. Both leave the release that was live, serving."""

from __future__ import annotations

import os
import shutil
import time
from typing import Any

from ..check.health import WEB
from ..errors import StepFailure
from ..site.links import remove_link
from .look import as_before
from .outcome import LOG_LINES, failure, outcome
from .retire import end_at_once, retire
from .revive import revive
from .switching import unmark_links
from .transaction import Transaction
from .way_back import WayBack, go_back, was_revived

#: How long a fall-back waits for the visitors of the failed backend; the timer drains on after that (seconds).
PATIENCE = 5.0
#: After a rename no new connection can reach the other socket; one that is on its way shows within this (seconds).
SETTLE = 0.2


def abandon(transaction: Transaction, step: str, error: BaseException) -> dict[str, Any]:
    """Before SWITCH: the new backend goes, the release is marked, nothing else was ever visible (but with `strategy:
    restart`, where the old backend had to end first and is started again)."""
    context = transaction.context
    remove_link(context.paths.candidate)
    log = log_of(transaction, transaction.new_backend)
    if transaction.started and transaction.new_backend is not None:
        end_at_once(context, transaction.new_backend)
    drafts = context.paths.releases.glob(f".{transaction.spec.id}.*")
    for draft in drafts:
        shutil.rmtree(draft, ignore_errors=True)
    mark_failed(transaction, error)
    failed = failure(transaction.kind, step, error, log)
    told = f"{transaction.kind} failed at {step}: {error}."
    serves = transaction.old_release
    if serves is not None and transaction.old_backend is not None and _had_ended(transaction):
        # It may have been announced only; there is no room for two.
        end_at_once(context, transaction.old_backend)
        if not was_revived(transaction, serves) and not revive(context, serves):
            return _not_reverted(transaction, told, failed, WayBack(False, serves, up=False))
        state = f"{serves} was started again and serves."
    elif serves is None:
        state = "Nothing serves yet, as before."
    elif transaction.old_backend is None:
        state = f"{serves} is down, as before."
    else:
        state = as_before(context)
    return outcome(transaction, "failed", serves, f"{told} {state}", failed)


def fall_back(transaction: Transaction, step: str, error: BaseException) -> dict[str, Any]:
    """After SWITCH: one rename back, then the failed backend ends when its last visitors are served."""
    context, new, old = transaction.context, transaction.new_backend, transaction.old_release
    with context.step("fall-back") as detail:
        context.journal.write("fall-back", why=context.hidden(str(error)))
        way = go_back(transaction)
        detail.append(f"{transaction.spec.id} -> {way.release or 'nothing'}")
    remove_link(context.paths.candidate)
    # Only now: reading it takes time, and visitors were waiting.
    log = log_of(transaction, new)
    mark_failed(transaction, error)
    stays = new is not None and new == _active(transaction)
    if new is not None and not stays and (transaction.started or _to_blame(transaction, error)):
        time.sleep(SETTLE)
        retire(context, new, transaction.spec.times.drain, PATIENCE)
    failed = failure(transaction.kind, step, error, log)
    told = f"{transaction.kind} failed at {step}: {error}."
    if not way.reverted:
        return _not_reverted(transaction, told, failed, way)
    if old is None:
        gone = "`current` is removed, nothing serves"
        if os.path.lexists(context.paths.current):
            gone = "`current` is again what it was before Graceful"
        return outcome(transaction, "failed", None, f"{told} It was the first release: {gone}.", failed)
    again = f"{old} serves again{', started anew since its backend had died' if way.revived else ''}."
    if way.stopped:
        again = as_before(context)
    return outcome(transaction, "fell-back", old, f"{told} Fell back: {again}", failed)


def _not_reverted(
    transaction: Transaction, told: str, failed: dict[str, Any], way: WayBack
) -> dict[str, Any]:
    """The truth: what does not come up, what serves now, what to do."""
    context, old = transaction.context, transaction.old_release
    graceful = context.paths.bin / "graceful"
    if way.up:
        state = f"{way.release} serves on, although it failed."
        ahead = context.history().ahead_of(old or "")
        command = f"switch {old}{' --database-ahead' if ahead else ''}"
    else:
        state = f"Nothing answers: `current` names {old}, and the host tries again to start it, less and less often."
        command = "restart"
    tried = max(
        (backend for backend in context.history().backends.values() if backend.release == old),
        key=lambda backend: int(backend.name.rpartition(".")[2]),
        default=None,
    )
    if tried is not None:
        lines = log_of(transaction, tried.name) or []
        failed = {
            **failed,
            "log": [*failed["log"][-LOG_LINES // 2 :], f"-- {tried.name} --", *lines[-LOG_LINES // 2 :]],
        }
    return outcome(
        transaction,
        "not-reverted",
        way.release,
        f"{told} The release before, {old}, could not be started again. {state}",
        {
            **failed,
            "next": f"Mend what keeps {old} from starting (the log shows it), then run {graceful} {command}; or deploy a"
            " good commit.",
        },
    )


def _had_ended(transaction: Transaction) -> bool:
    """True where the old backend was told to end before the new one came (`strategy: restart`)."""
    known = transaction.context.history().backends.get(transaction.old_backend or "")
    return known is not None and known.role in ("stopping", "stopped")


def _active(transaction: Transaction) -> str | None:
    """The backend that is active after the way back, where it is one of the new release."""
    found = transaction.context.history().backend_of(transaction.spec.id, "active")
    return found.name if found else None


def _to_blame(transaction: Transaction, error: BaseException) -> bool:
    """A deploy that did not go through is a failed release; another operation's target only where it was at fault itself;
    one that serves already, or that was to stand in for a dead one, never."""
    if transaction.restarts or transaction.kind == "keepalive":
        return False
    return transaction.kind in ("deploy", "stage") or isinstance(error, StepFailure)


def mark_failed(transaction: Transaction, error: BaseException) -> None:
    """Marks the release and moves the links that name it."""
    context, release = transaction.context, transaction.spec.id
    if not _to_blame(transaction, error) or release not in context.history().releases:
        return
    context.journal.write("mark", release=release, state="failed", why=context.hidden(str(error)))
    unmark_links(context, release)


def log_of(transaction: Transaction, backend: str | None) -> list[str] | None:
    """What a backend has printed."""
    return None if backend is None else transaction.context.manager.logs(WEB, backend)

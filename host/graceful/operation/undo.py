"""Ways back: abandoning before the switch, falling back after it. Both leave the release that was live, serving."""

from __future__ import annotations

import os
import shutil
import time
from typing import Any

from ..check.health import WEB
from ..errors import StepFailure
from ..journal.links import without
from ..site.links import read_links, remove_link, replace_link, set_links, sync_folder
from .context import Context
from .outcome import failure, outcome
from .retire import end_at_once, retire
from .revive import revive
from .transaction import Transaction

#: How long a fall-back waits for the visitors of the failed backend; the timer drains on after that (seconds).
PATIENCE = 5.0
#: After a rename no new connection can reach the other socket; one that is on its way shows within this (seconds).
SETTLE = 0.2


def abandon(transaction: Transaction, step: str, error: BaseException) -> dict[str, Any]:
    """Before SWITCH: the new backend goes, the release is marked, nothing else was ever visible."""
    context = transaction.context
    remove_link(context.paths.candidate)
    log = _log_of(transaction)
    if transaction.started and transaction.new_backend is not None:
        end_at_once(context, transaction.new_backend)
    drafts = context.paths.releases.glob(f".{transaction.spec.id}.*")
    for draft in drafts:
        shutil.rmtree(draft, ignore_errors=True)
    mark_failed(transaction, error)
    serves = transaction.old_release
    state = f"{serves} serves on, untouched." if serves else "Nothing serves yet, as before."
    return outcome(
        transaction,
        "failed",
        serves,
        f"{transaction.kind} failed at {step}: {error}. {state}",
        failure(step, error, log),
    )


def fall_back(transaction: Transaction, step: str, error: BaseException) -> dict[str, Any]:
    """After SWITCH: one rename back, then the failed backend ends when its last visitors are served."""
    context = transaction.context
    with context.step("fall-back") as detail:
        context.journal.write("fall-back", why=str(error))
        old = transaction.old_release
        if old is None:
            remove_link(context.paths.current)
        elif not _old_serves(transaction):
            return _not_reverted(transaction, step, error, _log_of(transaction))
        else:
            _switch_back(context, old)
        detail.append(f"{transaction.spec.id} -> {old or 'nothing'}")
    remove_link(context.paths.candidate)
    # Only now: reading it takes time, and visitors were waiting.
    log = _log_of(transaction)
    mark_failed(transaction, error)
    if transaction.new_backend is not None and (transaction.started or _to_blame(transaction, error)):
        time.sleep(SETTLE)
        retire(context, transaction.new_backend, transaction.spec.times.drain, PATIENCE)
    failed = failure(step, error, log)
    if old is None:
        message = f"{transaction.kind} failed at {step}: {error}. It was the first release: `current` is removed, nothing serves."
        return outcome(transaction, "failed", None, message, failed)
    message = f"{transaction.kind} failed at {step}: {error}. Fell back: {old} serves again."
    return outcome(transaction, "fell-back", old, message, failed)


def _switch_back(context: Context, old: str) -> None:
    """The rename that was made ready before SWITCH; a new link where it is gone (another process recovers)."""
    ready = context.folder / "fall-back"
    try:
        if os.readlink(ready) == f"releases/{old}":
            os.rename(ready, context.paths.current)
            sync_folder(context.paths.root)
            return
    except OSError:
        pass
    replace_link(context.paths.current, f"releases/{old}")


def _old_serves(transaction: Transaction) -> bool:
    """True when the old release's backend is up, started again if it died meanwhile."""
    context, old = transaction.context, transaction.old_release
    if old is None:
        return False
    backend = transaction.old_backend
    if backend is not None and context.manager.state(WEB, backend).up:
        return True
    return revive(context, old)


def _not_reverted(
    transaction: Transaction, step: str, error: BaseException, log: list[str] | None
) -> dict[str, Any]:
    new, old = transaction.spec.id, transaction.old_release
    message = (
        f"{transaction.kind} failed at {step}: {error}. The old release {old} could not be started again: "
        f"`current` still names {new}. Look at both logs and mend the host, then run `rollback` or deploy."
    )
    return outcome(transaction, "not-reverted", new, message, failure(step, error, log))


def _to_blame(transaction: Transaction, error: BaseException) -> bool:
    """A deploy that did not go through is a failed release; a rollback's target only where it was at fault itself."""
    return transaction.kind == "deploy" or isinstance(error, StepFailure)


def mark_failed(transaction: Transaction, error: BaseException) -> None:
    """Marks the release and moves the links that name it."""
    context, release = transaction.context, transaction.spec.id
    if not _to_blame(transaction, error) or release not in context.history().releases:
        return
    context.journal.write("mark", release=release, state="failed", why=str(error))
    links = without(context.history(), release, read_links(context.paths))
    set_links(context.paths, {name: target for name, target in links.items() if name != "current"})


def _log_of(transaction: Transaction) -> list[str] | None:
    if transaction.new_backend is None:
        return None
    return transaction.context.manager.logs(WEB, transaction.new_backend)

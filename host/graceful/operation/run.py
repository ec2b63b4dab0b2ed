"""How an operation begins, under the lock, and how it ends in one outcome and one journal record; deploys among them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..errors import GracefulError, StepFailure, Superseded, explain
from ..journal.history import History
from ..release.spec import Spec
from ..site.links import FOREIGN, foreign_current, linked_release
from ..site.lock import Busy
from ..store.lock import StoreHold
from .asked import Asked
from .channel import Gone
from .context import Context
from .look import as_before, named
from .outcome import failure, plain_outcome
from .processes import follow
from .recover import end, recover, runs_alone
from .transact import transact
from .transaction import Transaction

Work = Callable[[], dict[str, Any]]


def run_deploy(
    context: Context,
    spec: Spec,
    env: dict[str, str],
    secrets: list[str],
    asked: Asked,
    hold: StoreHold | None,
    kind: str = "deploy",
    adopt: bool = False,
) -> dict[str, Any]:
    """Deploys a received release, or stages it (`kind`); returns its outcome. `hold` keeps the store from clean-up until the
    release stands."""

    def work() -> dict[str, Any]:
        history = context.history()
        refuse_older(history, asked)
        if spec.id in history.releases:
            raise GracefulError(
                f"release {spec.id} is on this host already", "Run the deploy again: it makes a new id."
            )
        transaction = begin(context, kind, spec, asked, history)
        transaction.env, transaction.secrets, transaction.adopt = env, secrets, adopt
        try:
            return transact(transaction)
        finally:
            if hold is not None:
                hold.release()

    return under_lock(context, kind, asked, work, adopt)


def under_lock(
    context: Context,
    kind: str,
    asked: Asked,
    work: Work,
    adopt: bool = False,
    unrecovered: Callable[[], object] | None = None,
) -> dict[str, Any]:
    """Recovers what had not ended, then does the work; what is refused before `begin` leaves no record. `unrecovered`: what is
    done where the recovery fails."""
    try:
        with context.lock(kind, asked.origin, asked.lock, preempt=asked.preempt):
            try:
                recover(context)
            except (GracefulError, StepFailure, OSError):
                if unrecovered is not None:
                    unrecovered()
                raise
            foreign = foreign_current(context.paths)
            if foreign is not None and not adopt:
                raise GracefulError(f"{context.paths.current} {foreign}", _mend_of(context))
            ended = work()
            if has_begun(context):
                follow(context)
                end(context, ended)
            return ended
    except Busy as busy:
        why: Exception = GracefulError(
            f"the lock was not free within {asked.lock:g} s: {busy}",
            "Wait for it, then run this again; `lock-timeout` says how long to wait.",
        )
    except Superseded as error:
        serves = named(context)
        return plain_outcome(context, "superseded", serves, f"{error}. {as_before(context)}")
    except (GracefulError, StepFailure, Gone, OSError) as error:
        if has_begun(context):
            # Not a refusal any more: whoever comes next recovers it.
            raise
        why = GracefulError(*explain(error, context.paths.root)) if isinstance(error, OSError) else error
    return refused(context, asked.called or kind, why)


def _mend_of(context: Context) -> str:
    """What to do about a `current` that no release of ours is behind."""
    live = named(context)
    if live is None:
        return FOREIGN
    return (
        f"Bring {context.paths.release(live).manifest} back, from a backup or another host. Or deploy once with `adopt: true` in"
        " graceful.yml: that puts this link aside."
    )


def refused(context: Context, kind: str, why: Exception) -> dict[str, Any]:
    """The outcome of an operation that has not begun."""
    serves = named(context)
    message = f"{kind} refused: {why}. {as_before(context)}"
    return plain_outcome(context, "failed", serves, message, failure(kind, "lock", why))


def has_begun(context: Context) -> bool:
    """True where the journal has this operation's begin and no end."""
    try:
        unfinished = context.history().unfinished
    except GracefulError:
        return False
    return unfinished is not None and unfinished.op == context.name


def begin(context: Context, kind: str, spec: Spec, asked: Asked, history: History) -> Transaction:
    """Journals the begin of an operation about a release."""
    old = None if foreign_current(context.paths) else linked_release(context.paths, "current")
    backend = history.backend_of(old, "active") if old else None
    transaction = Transaction(context, kind, spec, asked.origin, old, backend.name if backend else None)
    transaction.ticket, transaction.fleet = asked.ticket, asked.fleet
    transaction.alone = runs_alone(context, spec, old)
    context.journal.write(
        "begin",
        kind=kind,
        release=spec.id,
        commit=spec.commit,
        old=old,
        old_backend=transaction.old_backend,
        origin=asked.origin,
        **({"restarts": True} if transaction.restarts else {}),
    )
    # As early as there is something to lose; the switch, which needs it, asks again.
    with suppress(OSError):
        context.journal.reserve()
    return transaction


def refuse_older(history: History, asked: Asked) -> None:
    """Invariant 7: what was asked for later and confirmed is never overtaken by something older."""
    if asked.force or asked.ticket is None:
        return
    if history.ticket > asked.ticket:
        raise Superseded("an operation that was asked for later was confirmed meanwhile")
    workflow, number = asked.origin.get("workflow"), asked.origin.get("runNumber")
    if workflow and number and number < history.runs.get(workflow, 0):
        raise Superseded(
            f"run {history.runs[workflow]} of {workflow} was confirmed already, and this is run {number}"
        )

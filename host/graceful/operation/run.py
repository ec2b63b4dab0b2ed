"""The operations themselves: who may begin, under the lock, and how each ends in one outcome and one journal record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import GracefulError, StepFailure, Superseded, explain
from ..journal.history import History
from ..release.spec import Spec, load_spec
from ..site.links import foreign_current, linked_release, read_links
from ..site.lock import Busy
from ..store.lock import StoreHold
from .channel import Gone
from .context import Context
from .outcome import failure, plain_outcome
from .processes import follow
from .recover import end, recover
from .transact import transact
from .transaction import Transaction


def run_deploy(
    context: Context,
    spec: Spec,
    env: dict[str, str],
    origin: dict[str, Any],
    ticket: int,
    force: bool,
    hold: StoreHold | None,
) -> dict[str, Any]:
    """Deploys a received release; returns its outcome. `hold` keeps the store from clean-up until the release stands."""

    def work() -> dict[str, Any]:
        history = context.history()
        if not force:
            _refuse_older(history, origin, ticket)
        if spec.id in history.releases:
            raise GracefulError(
                f"release {spec.id} is on this host already", "Run the deploy again: it makes a new id."
            )
        transaction = _begin(context, "deploy", spec, origin, history)
        transaction.env, transaction.ticket = env, ticket
        try:
            return transact(transaction, "stage")
        finally:
            if hold is not None:
                hold.release()

    return _locked(context, "deploy", origin, spec.times.lock, work)


def run_rollback(
    context: Context, release: str | None, origin: dict[str, Any], lock: float
) -> dict[str, Any]:
    """Goes back to a release, `previous` where none is named; returns the outcome."""

    def work() -> dict[str, Any]:
        spec = _target(context, release)
        return transact(_begin(context, "rollback", spec, origin, context.history()), "start")

    return _locked(context, "rollback", origin, lock, work)


def _target(context: Context, named: str | None) -> Spec:
    """The release to go back to. Raises GracefulError where there is none, or where it cannot be gone to."""
    history, live = context.history(), linked_release(context.paths, "current")
    target = named or linked_release(context.paths, "previous")
    if target is None:
        marked = [
            release
            for release in history.releases.values()
            if release.id != live and context.paths.release(release.id).manifest.is_file()
        ]
        told = ", ".join(f"{release.id} ({release.state})" for release in marked[-3:])
        raise GracefulError(
            "there is no previous release to roll back to"
            + (f": a plain rollback never goes to {told}" if told else ""),
            "Name a release to go there all the same; it is checked as any other before a visitor gets it."
            if told
            else "This is the only release on this host: deploy another commit.",
        )
    if target == live:
        raise GracefulError(f"{target} is live already", "`status` lists the releases; name another one.")
    if target in history.releases and not context.paths.release(target).manifest.is_file():
        raise GracefulError(
            f"release {target} is not whole on this host: its deploy ended too early, or its folder was removed",
            f"Deploy its commit {history.releases[target].commit[:12]} again; `status` lists the releases.",
        )
    return load_spec(context.paths, target)


def _locked(
    context: Context, kind: str, origin: dict[str, Any], lock: float, work: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Recovers what had not ended, then does the work; what is refused before `begin` leaves no record."""
    try:
        with context.lock(kind, origin, lock):
            recover(context)
            foreign = foreign_current(context.paths)
            if foreign is not None:
                raise GracefulError(
                    f"{context.paths.current} {foreign}",
                    "Move it away (its site goes down), or choose another `root`.",
                )
            ended = work()
            follow(context)
            end(context, ended)
            return ended
    except Busy as busy:
        why: Exception = GracefulError(
            f"the lock was not free within {lock:g} s: {busy}", "Wait for it, then run this again."
        )
    except Superseded as error:
        serves = read_links(context.paths)["current"]
        return plain_outcome(context, "superseded", serves, f"{error}. {serves} serves on, untouched.")
    except (GracefulError, StepFailure, Gone, OSError) as error:
        if _has_begun(context):
            # Not a refusal any more: whoever comes next recovers it.
            raise
        why = GracefulError(*explain(error, context.paths.root)) if isinstance(error, OSError) else error
    serves = read_links(context.paths)["current"]
    message = f"{kind} refused: {why}. {f'{serves} serves on, untouched.' if serves else 'Nothing serves yet, as before.'}"
    return plain_outcome(context, "failed", serves, message, failure("lock", why))


def _has_begun(context: Context) -> bool:
    """True where the journal has this operation's begin and no end."""
    try:
        unfinished = context.history().unfinished
    except GracefulError:
        return False
    return unfinished is not None and unfinished.op == context.name


def _begin(context: Context, kind: str, spec: Spec, origin: dict[str, Any], history: History) -> Transaction:
    old = linked_release(context.paths, "current")
    backend = history.backend_of(old, "active") if old else None
    transaction = Transaction(context, kind, spec, origin, old, backend.name if backend else None)
    context.journal.write(
        "begin",
        kind=kind,
        release=spec.id,
        commit=spec.commit,
        old=old,
        old_backend=transaction.old_backend,
        origin=origin,
    )
    return transaction


def _refuse_older(history: History, origin: dict[str, Any], ticket: int) -> None:
    """Invariant 7: a newer deploy that was confirmed is never overtaken by an older one."""
    if history.ticket > ticket:
        raise Superseded("a deploy that began later was confirmed meanwhile")
    workflow, number = origin.get("workflow"), origin.get("runNumber")
    if workflow and number and number < history.runs.get(workflow, 0):
        raise Superseded(
            f"run {history.runs[workflow]} of {workflow} was confirmed already, and this is run {number}"
        )

"""What each step of the transaction does. Each writes its journal record before it acts."""

from __future__ import annotations

import time
from typing import Any, Callable

from ..check.health import STEADY, WEB, check_backend, shows_candidate, verify_local
from ..check.liveness import answers
from ..errors import GracefulError, StepFailure
from ..journal.history import History
from ..release.folder import make_release
from ..site.links import foreign_current, replace_link, set_links
from . import processes
from .backend import link_socket, start_backend
from .context import Context, moment
from .outcome import again
from .retire import end_begun, retire, stop_and_wait
from .switching import make_ready, marks, switch_over, wanted_links
from .transaction import Transaction

#: While the confirm is awaited the new backend is looked at this often (seconds).
WATCH = 0.5
UNREHEARSED = (
    "the web server does not show the candidate, so it is first asked after the switch;"
    " take over the lines about $graceful_release from examples/host/shop.nginx"
)


def stage(transaction: Transaction, detail: list[str]) -> None:
    """The release's folder appears, whole."""
    context, spec = transaction.context, transaction.spec
    if context.paths.release(spec.id).folder.exists():
        raise GracefulError(
            f"release {spec.id} is on this host already", "Run the deploy again: it makes a new id."
        )
    if not context.paths.env(spec.env).exists():
        raise GracefulError(f"environment {spec.env[:12]} is not on this host", "Run the deploy again.")
    context.journal.write("stage", release=spec.id, commit=spec.commit)
    made = make_release(context.paths, spec, transaction.env, context.site.owner, transaction.secrets)
    for notice in [*made, *context.manager.notices()]:
        context.tell.emit("notice", message=notice)
    detail.append(spec.id)


def start(transaction: Transaction, detail: list[str]) -> None:
    """The release's backend runs, on its own socket: one found in standby or draining, or a new one. At most two backends
    serve or stand by: any other standby goes before."""
    context, spec = transaction.context, transaction.spec
    history = context.history()
    kept = None if transaction.fresh else _kept(context, history, spec.id)
    for backend in history.backend_in("standby"):
        if backend.name != kept:
            retire(context, backend.name, spec.times.drain, patience=0)
    end_begun(context)
    if kept is not None:
        # A later start that failed may have left the release's `sock` at another one.
        link_socket(context.paths, kept)
        transaction.new_backend = kept
        detail.append(f"{kept} runs already")
        return
    if transaction.alone:
        _make_way(transaction)
    # Known before it starts: a manager may go on trying what failed at first, until it is told to end it.
    transaction.new_backend, transaction.started = context.history().next_backend(spec.id), True
    start_backend(context, transaction.new_backend, link=not transaction.restarts)
    detail.append(transaction.new_backend)


def _kept(context: Context, history: History, release: str) -> str | None:
    """A backend of the release that runs still. The drain of one that is draining ends by this, as SIGTERM is not sent yet;
    the timer that could send it waits for the lock."""
    found = history.backend_of(release, "standby", "draining")
    return found.name if found is not None and context.manager.state(WEB, found.name).up else None


def _make_way(transaction: Transaction) -> None:
    """`strategy: restart`: what serves ends before the new one starts, since the host cannot run two. Workers end first, while
    visitors are served still; where nobody is, none of them waits for that."""
    context, history = transaction.context, transaction.context.history()
    running = [backend.name for backend in history.backend_in("active", "draining")]
    if transaction.old_backend is not None and context.manager.state(WEB, transaction.old_backend).up:
        processes.make_way(context)
    if transaction.old_backend is not None:
        context.tell.emit(
            "notice",
            message="strategy: restart: visitors get errors from here until the new backend answers, some seconds at least",
        )
    for backend in running:
        stop_and_wait(context, backend, transaction.spec.times.grace)


def check(transaction: Transaction, detail: list[str]) -> None:
    """The new backend answers: on its own socket, and then as the candidate through the host's web server, before any
    visitor gets it."""
    context, spec = transaction.context, transaction.spec
    backend = _new_backend(transaction)
    context.journal.write("check", backend=backend)
    if transaction.kind == "keepalive":
        _live(transaction, backend)
        return
    if not transaction.restarts:
        replace_link(context.paths.candidate, f"releases/{spec.id}")
        transaction.rehearsed = shows_candidate(spec, spec.id)
    # It has to last once, where that is worth most: while the web server asks it.
    steady = _steady(transaction)
    at_once = 0 if transaction.rehearsed else steady
    watch, words = check_backend(context.paths, context.manager, spec, backend, context.tell.pause, at_once)
    transaction.watch = watch
    detail.append(words)
    if transaction.rehearsed:
        pause = _watchful(transaction)
        detail.append(verify_local(spec, spec.id, pause, steady=steady, since=watch.since, candidate=True))
    elif spec.static_url is not None and not transaction.restarts:
        context.tell.emit("notice", message=UNREHEARSED)
    # Last of all, just before the switch: from here on two releases' workers take tasks.
    detail.extend(processes.begin(transaction))


def _live(transaction: Transaction, backend: str) -> None:
    """Anything that answers is better than the dead one in whose place it comes."""
    context, spec = transaction.context, transaction.spec
    replace_link(context.paths.candidate, f"releases/{spec.id}")
    if not answers(context.paths, context.manager, backend, spec, spec.health.timeout):
        raise StepFailure(f"{backend} does not answer within {spec.health.timeout:g} s", "See its log.")


def switch(transaction: Transaction, detail: list[str]) -> None:
    """SWITCH: one rename puts code, static files and traffic over. The way back is ready before it."""
    context, spec = transaction.context, transaction.spec
    make_ready(transaction)
    if transaction.watch is not None:
        transaction.watch.look()
    # From here on a rollback waits for this operation instead of pre-empting it.
    context.tell.seal()
    transaction.adopt = transaction.adopt and foreign_current(context.paths) is not None
    context.journal.write(
        "switch",
        old={"release": transaction.old_release, "backend": transaction.old_backend},
        new={"release": spec.id, "backend": transaction.new_backend, "started": transaction.started},
        adopt=transaction.adopt,
    )
    transaction.switched = True
    switch_over(transaction)
    processes.relieve(context, spec.id)
    was = transaction.old_backend if transaction.restarts else transaction.old_release
    now = transaction.new_backend if transaction.restarts else spec.id
    detail.append(f"{was or 'nothing'} -> {now}")
    if transaction.adopt:
        context.tell.emit("notice", message=f"what `current` was before is kept as {context.paths.adopted}")


def verify(transaction: Transaction, detail: list[str]) -> None:
    """The host's own web server serves the new release; then it is the runner's turn."""
    context, spec = transaction.context, transaction.spec
    if spec.static_url is None:
        context.tell.emit(
            "notice", message="verify cannot see which release answers: STATIC_URL is not this site's own"
        )
    steady = 0 if transaction.rehearsed else _steady(transaction)
    detail.append(verify_local(spec, spec.id, _watchful(transaction), steady=steady))
    context.tell.emit(
        "verify-public",
        url=spec.url,
        release=spec.id,
        health=spec.raw["health"],
        static=spec.static_url,
        public=spec.verify_public,
        offline=context.paths.offline.exists(),
    )


def confirm(transaction: Transaction, detail: list[str]) -> None:
    """Waits for the runner's word, watching the new backend. A durable record decides; the links follow from it."""
    context, spec = transaction.context, transaction.spec
    deadline = time.monotonic() + spec.times.confirm
    while not context.tell.confirmed(WATCH):
        if transaction.watch is not None:
            transaction.watch.look()
        if time.monotonic() > deadline:
            raise StepFailure(
                f"no confirm came within {spec.times.confirm:g} s",
                f"See in the workflow's log why the runner did not confirm; then {again(transaction.kind)}.",
            )
    if transaction.watch is not None:
        transaction.watch.look()
    record = _confirmation(transaction)
    try:
        context.journal.write("confirm", **record)
    except OSError:
        # A failed sync may have left the record all the same, and then it counts: later readers will go by it.
        unfinished = context.history().unfinished
        if unfinished is None or unfinished.confirm is None:
            raise
    transaction.confirmed = True
    finish_confirm(context, record)
    if transaction.restarts:
        processes.renew(context)
    detail.append(f"standby until {record['until']}" if record["standby"] else "no standby")


def _confirmation(transaction: Transaction) -> dict[str, Any]:
    """All that follows from the confirm, in one record."""
    context, spec, old = transaction.context, transaction.spec, transaction.old_backend
    # One of the same release is no way back from it; one that ended to make way, or died, is none at all.
    drains = old if transaction.restarts and not transaction.alone else None
    stands_by = old if not (transaction.restarts or transaction.alone) else None
    return {
        "release": spec.id,
        "backend": _new_backend(transaction),
        "standby": stands_by,
        "until": moment(spec.times.standby),
        "drains": drains,
        "drain_until": moment(spec.times.drain),
        "links": wanted_links(transaction, context.history()),
        "marks": marks(transaction),
        "ticket": transaction.ticket,
        "workflow": transaction.origin.get("workflow"),
        "run_number": transaction.origin.get("runNumber"),
    }


def finish_confirm(context: Context, record: dict[str, Any]) -> None:
    """Makes the links be what a durable confirm says; recovery calls it again."""
    set_links(context.paths, record["links"], context.folder)


def _watchful(transaction: Transaction) -> Callable[[float], None]:
    """A pause that looks at the new backend now and then."""
    looked = time.monotonic()

    def pause(duration: float) -> None:
        nonlocal looked
        transaction.context.tell.pause(duration)
        if transaction.watch is not None and time.monotonic() - looked > WATCH:
            transaction.watch.look()
            looked = time.monotonic()

    return pause


def _steady(transaction: Transaction) -> float:
    """A backend in standby has shown long ago that it lives on."""
    return STEADY if transaction.started else 0


def _new_backend(transaction: Transaction) -> str:
    if transaction.new_backend is None:
        raise StepFailure("no backend was started", "Please report this.")
    return transaction.new_backend

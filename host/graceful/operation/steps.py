"""What each step of the transaction does. Each writes its journal record before it acts."""

from __future__ import annotations

import os
import time
from typing import Any, Callable

from ..check.health import STEADY, WEB, check_backend, shows_candidate, verify_local
from ..errors import GracefulError, StepFailure
from ..journal.history import History
from ..journal.links import after_deploy, after_rollback
from ..release.folder import make_release
from ..site.links import read_links, ready_links, replace_link, set_links, sync_folder
from . import processes
from .backend import start_backend
from .context import Context, moment
from .retire import retire
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
    made = make_release(context.paths, spec, transaction.env, context.site.owner)
    for notice in [*made, *context.manager.notices()]:
        context.tell.emit("notice", message=notice)
    detail.append(spec.id)


def start(transaction: Transaction, detail: list[str]) -> None:
    """The release's backend runs, on its own socket: one found in standby, or a new one."""
    context, spec = transaction.context, transaction.spec
    history = context.history()
    kept = history.backend_of(spec.id, "standby", "draining")
    if kept is not None and context.manager.state(WEB, kept.name).up:
        transaction.new_backend = kept.name
        detail.append(f"{kept.name} runs already")
        return
    for backend in history.backend_in("standby"):
        # At most two web backends: the older standby goes before a new one comes.
        retire(context, backend.name, spec.times.drain, patience=0)
    # Known before it starts: a manager may go on trying what failed at first, until it is told to end it.
    transaction.new_backend, transaction.started = history.next_backend(spec.id), True
    start_backend(context, transaction.new_backend)
    detail.append(transaction.new_backend)


def check(transaction: Transaction, detail: list[str]) -> None:
    """The new backend answers: on its own socket, and then as the candidate through the host's web server, before any
    visitor gets it."""
    context, spec = transaction.context, transaction.spec
    backend = _new_backend(transaction)
    context.journal.write("check", backend=backend)
    replace_link(context.paths.candidate, f"releases/{spec.id}")
    transaction.rehearsed = shows_candidate(spec, spec.id)
    # It has to last once, where that is worth most: while the web server asks it.
    steady = 0 if transaction.rehearsed else _steady(transaction)
    transaction.watch, words = check_backend(
        context.paths, context.manager, spec, backend, context.tell.pause, steady
    )
    detail.append(words)
    if transaction.rehearsed:
        pause = _watchful(transaction)
        detail.append(verify_local(spec, spec.id, pause, steady=_steady(transaction), candidate=True))
    elif spec.static_url is not None:
        context.tell.emit("notice", message=UNREHEARSED)
    # Last of all, just before the switch: from here on two releases' workers take tasks.
    detail.extend(processes.begin(transaction))


def switch(transaction: Transaction, detail: list[str]) -> None:
    """SWITCH: one rename puts code, static files and traffic over. The way back is ready before it."""
    context, spec = transaction.context, transaction.spec
    context.folder.mkdir(exist_ok=True)
    context.folder.chmod(0o700)
    context.journal.reserve()
    wanted = _wanted_links(transaction, context.history())
    ready = {**wanted, "current": None, "fall-back": transaction.old_release}
    ready_links(context.folder, ready, context.site.owner)
    sync_folder(context.folder)
    if transaction.watch is not None:
        transaction.watch.look()
    context.journal.write(
        "switch",
        old={"release": transaction.old_release, "backend": transaction.old_backend},
        new={"release": spec.id, "backend": transaction.new_backend, "started": transaction.started},
    )
    transaction.switched = True
    os.rename(context.paths.candidate, context.paths.current)
    sync_folder(context.paths.root)
    processes.relieve(context, spec.id)
    detail.append(f"{transaction.old_release or 'nothing'} -> {spec.id}")


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
                "See in the workflow's log why the runner did not confirm; then deploy again.",
            )
    if transaction.watch is not None:
        transaction.watch.look()
    record = {
        "release": spec.id,
        "backend": _new_backend(transaction),
        "standby": transaction.old_backend,
        "until": moment(spec.times.standby),
        "links": _wanted_links(transaction, context.history()),
        "marks": _marks(transaction),
        "ticket": transaction.ticket,
        "workflow": transaction.origin.get("workflow"),
        "run_number": transaction.origin.get("runNumber"),
    }
    try:
        context.journal.write("confirm", **record)
    except OSError:
        # A failed sync may have left the record all the same, and then it counts: later readers will go by it.
        unfinished = context.history().unfinished
        if unfinished is None or unfinished.confirm is None:
            raise
    transaction.confirmed = True
    finish_confirm(context, record)
    detail.append(f"standby until {record['until']}" if transaction.old_backend else "the first one")


def finish_confirm(context: Context, record: dict[str, Any]) -> None:
    """Makes the links be what a durable confirm says; recovery calls it again."""
    set_links(context.paths, record["links"], context.folder)


def _marks(transaction: Transaction) -> dict[str, str]:
    left = transaction.old_release
    return {left: "rolled-back"} if transaction.kind == "rollback" and left else {}


def _wanted_links(transaction: Transaction, history: History) -> dict[str, str | None]:
    """The links that a confirm will set, from the table in the design."""
    links = read_links(transaction.context.paths)
    new, old = transaction.spec.id, transaction.old_release
    if new in history.releases:
        history.releases[new].state = "good"
    for release, state in _marks(transaction).items():
        if release in history.releases:
            history.releases[release].state = state
    make = after_rollback if transaction.kind == "rollback" else after_deploy
    return make(links, history, new, old)


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
        raise StepFailure("no backend was started", "Deploy again.")
    return transaction.new_backend

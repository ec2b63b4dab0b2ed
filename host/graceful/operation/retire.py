"""Ending a backend that no visitor needs: drain, then SIGTERM, then (the process manager's time-out) SIGKILL."""

from __future__ import annotations

import time

from ..check.health import WEB
from ..errors import StepFailure
from ..process.sockets import connections
from .context import Context, moment

#: A process manager has its own SIGKILL; where it has not struck this long after the server's grace, ours does (seconds).
KILL_AFTER = 5.0


def retire(context: Context, backend: str, drain: float, patience: float) -> None:
    """Begins to drain a backend and ends it as soon as nobody is connected, if that is within `patience` seconds;
    the timer goes on otherwise."""
    context.journal.write("drain", backend=backend, until=moment(drain))
    deadline = time.monotonic() + patience
    while not end_if_idle(context, backend, overdue=False):
        if time.monotonic() >= deadline:
            return
        time.sleep(0.1)


def end_if_idle(context: Context, backend: str, overdue: bool) -> bool:
    """Stops a draining backend when no connection to its socket is left, accepted or not, or its time is over."""
    if not context.manager.state(WEB, backend).up:
        # Dead is not stopped: the manager may be about to start it again.
        end_at_once(context, backend)
        return True
    connected = bool(connections(context.paths.backend_socket(backend)))
    if connected and not overdue:
        return False
    context.journal.write("stop", backend=backend)
    # Those who are connected still have `times.grace` for their last answer.
    tell_to_stop(context, backend, aside=not connected)
    return True


def tell_to_stop(context: Context, backend: str, aside: bool = False) -> None:
    """SIGTERM to one whose end is journalled. Whatever is wrong with the manager stops no fall-back; the timer tells it again."""
    try:
        context.manager.stop(WEB, backend, aside=aside)
    except StepFailure as failure:
        context.tell.emit("notice", message=f"{backend} could not be told to stop: {failure}")


def end_at_once(context: Context, backend: str) -> None:
    """Ends a backend that serves no visitor: one that never did, or one that died. It is not started again."""
    context.journal.write("stop", backend=backend)
    try:
        context.manager.kill(WEB, backend)
    except StepFailure as failure:
        # Whoever undoes something must come to its end, whatever is wrong with the manager.
        context.tell.emit("notice", message=f"{backend} could not be ended: {failure}")
        return
    context.journal.write("stopped", backend=backend)


def end_begun(context: Context, spare: str | None = None) -> None:
    """Ends what a killed process has begun to start, since nobody waits for that any more; call it under the lock. `spare`: the
    backend of an operation that is under way."""
    for backend in context.history().backend_in("starting"):
        if backend.name != spare:
            end_at_once(context, backend.name)


def stop_and_wait(context: Context, backend: str, grace: float, asked: bool = False) -> None:
    """Ends a backend whoever is connected, and waits until it is gone: SIGTERM, and SIGKILL when `grace` is over. `asked`:
    somebody wants it to stay so."""
    context.journal.write("stop", backend=backend, **({"asked": True} if asked else {}))
    context.manager.stop(WEB, backend)
    deadline = time.monotonic() + grace + KILL_AFTER
    while not context.manager.state(WEB, backend).ended:
        if time.monotonic() >= deadline:
            context.manager.kill(WEB, backend)
            break
        time.sleep(0.1)
    context.journal.write("stopped", backend=backend)

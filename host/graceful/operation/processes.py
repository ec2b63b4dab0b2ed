"""The processes beside web: workers, and singletons such as a scheduler. They follow the release that is live.

New workers start just before SWITCH (`begin`), old ones begin their warm shutdown just after it (`relieve`). All else is
done by `level`, after every operation, each minute and at boot: what the live release needs is up, and whatever else
runs is told to end. So a singleton is swapped after the confirm: told to end, and the next one started when it has. And so
a fall-back ends what was begun. There is no standby: whoever was told to end may be at its last task for a long time, and
another one is started in its place.

With `strategy: restart` there is no room for that: the old workers end first (`make_way`), and nothing is started
before all that was told to end has ended.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from ..check.health import Watch
from ..errors import GracefulError, StepFailure
from ..journal.history import Backend, History
from ..journal.records import Record
from ..process.proc import at_rest
from ..site.links import linked_release
from .context import Context
from .levelling import PATIENCE, announce, has_ended, level, tell_to_end, wanted
from .transaction import Transaction

#: A new process has to live for so long, and until it has been at rest for so long: it has loaded its code then, however slow
#: the machine. One that is never at rest is given so long. Later deaths are seen until the confirm (seconds).
STEADY, CALM, BUSY = 2.0, 1.0, 30.0
LOOK = 0.25


def begin(transaction: Transaction) -> list[str]:
    """Starts the new release's workers beside the old ones; returns words for the log. Raises StepFailure where one dies
    at once; those that live are watched until the confirm, as web is."""
    context, spec = transaction.context, transaction.spec
    if transaction.alone and _workers(context):
        return ["the workers start when those before have ended"]
    started = []
    for name, process in spec.others.items():
        if not process.singleton:
            backend = announce(context, spec.id, name, process)
            context.manager.start(name, backend)
            started.append(Watch(context.manager, backend, name))
    _hold(context, started)
    if transaction.watch is not None:
        transaction.watch.companions = started
    return [f"{watch.process} runs" for watch in started]


def make_way(context: Context) -> None:
    """Ends all workers, each within its own limit, and waits until they are gone: there is no room for others beside them.
    Raises StepFailure where one cannot be ended."""
    workers = _workers(context)
    for backend in workers:
        context.tell.emit(
            "notice",
            message=f"strategy: restart: {backend.process} of {backend.release} ends before another starts",
        )
        if backend.role != "stopping":
            tell_to_end(context, backend)
    deadline = time.monotonic() + max((backend.stop for backend in workers), default=0) + PATIENCE
    while workers:
        workers = [backend for backend in _workers(context) if not has_ended(context, backend)]
        if workers and time.monotonic() > deadline:
            raise StepFailure(
                f"{', '.join(backend.name for backend in workers)} cannot be ended", "Look at it on the host."
            )
        context.tell.pause(LOOK)


def _workers(context: Context) -> list[Backend]:
    return [backend for backend in context.history().others() if not backend.singleton]


def relieve(context: Context, release: str) -> None:
    """Just after SWITCH: workers that `release` has started others for, or that it does not have, finish their last tasks."""
    history = context.history()
    newest = {backend.process: backend.name for backend in history.others() if backend.release == release}
    for backend in history.others():
        if (
            not backend.singleton
            and backend.role != "stopping"
            and backend.name != newest.get(backend.process)
        ):
            tell_to_end(context, backend)


def _hold(context: Context, started: list[Watch]) -> None:
    """Looks at new processes until they have begun their work. Raises StepFailure where one ends."""
    for watch in started:
        watch.pin()
    began = busy = now = time.monotonic()
    while started and now - began < BUSY and (now - began < STEADY or now - busy < CALM):
        context.tell.pause(LOOK)
        now = time.monotonic()
        # Each is looked at, whatever the others do.
        if not all([at_rest(watch.look().pid) for watch in started]):
            busy = now


def renew(context: Context) -> None:
    """Where the live release was restarted: the singletons from before end, and `follow` starts others when they have."""
    history = context.history()
    fresh = history.unfinished.beside if history.unfinished else ()
    for backend in history.others():
        if backend.singleton and backend.role != "stopping" and backend.name not in fresh:
            tell_to_end(context, backend)


def follow(context: Context) -> None:
    """The last act of every operation, however it ended: `level`, told as a step."""
    with _forgiving(context):
        if context.history().others() or wanted(context, linked_release(context.paths, "current")):
            with context.step("processes") as detail:
                detail.extend(level(context))


def attend(context: Context) -> None:
    """The same for the timer, which tells of nothing but of what was not as it should be."""
    with _forgiving(context):
        for words in level(context):
            context.tell.emit("notice", message=words)


@contextmanager
def _forgiving(context: Context) -> Iterator[None]:
    """What is live stays live, whatever becomes of the processes beside it; the next minute tries again."""
    try:
        yield
    except (GracefulError, StepFailure, OSError, subprocess.SubprocessError) as error:
        context.tell.emit("notice", message=f"the processes beside web are left to the timer: {error}")


def names(context: Context) -> set[str]:
    """Processes beside web that the live release has, or that run."""
    needed = wanted(context, linked_release(context.paths, "current"))
    return {*needed, *(backend.process for backend in context.history().others())}


def rest(context: Context, named: Collection[str]) -> None:
    """Stops these by hand: nothing starts them but `wake`, or another release that goes live."""
    history = context.history()
    for name in named:
        past = [backend for backend in history.backends.values() if backend.process == name]
        running = [backend for backend in past if backend.role not in ("stopping", "stopped")]
        for backend in running or past[-1:]:
            tell_to_end(context, backend, asked=True)


def wake(context: Context, named: Collection[str], fresh: bool) -> list[str]:
    """Starts these by hand; `fresh`: even those that run. Returns words. Raises StepFailure where one does not start, or dies
    at once. The timer goes on with one whose turn has not come yet."""
    before = context.history()
    _ask_for(context, before, named)
    if fresh:
        for backend in before.others():
            if backend.process in named and backend.role != "stopping":
                tell_to_end(context, backend)
    words = level(context, named)
    for backend in context.history().backends.values():
        if backend.process in named and backend.name not in before.backends and backend.role != "active":
            raise StepFailure(
                "; ".join(words),
                "See its log; the timer tries again.",
                log=context.manager.logs(backend.process, backend.name),
            )
    running = [backend for backend in context.history().others() if backend.role == "active"]
    _hold(
        context,
        [
            Watch(context.manager, backend.name, backend.process)
            for backend in running
            if backend.process in named
        ],
    )
    return words or [f"{name} runs already" for name in named]


def _ask_for(context: Context, history: History, named: Collection[str]) -> None:
    """Nobody wants these stopped any more. That is written before anything is started: they may have to wait, and this process
    may die. The last one of each stays in its role."""
    for name in history.resting.intersection(named):
        *_, last = (
            backend
            for backend in history.backends.values()
            if backend.process == name and backend.role in ("stopping", "stopped")
        )
        step: Record = "stop" if last.role == "stopping" else "stopped"
        context.journal.write(step, backend=last.name, process=name, until=last.until, asked=False)

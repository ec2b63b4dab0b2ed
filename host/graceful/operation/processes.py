"""The processes beside web: workers, and singletons such as a scheduler. They follow the release that is live.

New workers start just before SWITCH (`begin`), old ones begin their warm shutdown just after it (`relieve`). All else is
done by `level`, after every operation, each minute and at boot: what the live release needs is up, and whatever else
runs is told to end. So a singleton is swapped after the confirm: told to end, and the next one started when it has. And so
a fall-back ends what was begun. There is no standby: whoever was told to end may be at its last task for a long time, and
another one is started in its place.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import takewhile

from ..check.health import Watch
from ..errors import GracefulError, StepFailure
from ..journal.history import Backend, History
from ..process.manager import State
from ..process.proc import at_rest
from ..release.spec import Process, load_spec
from ..site.links import linked_release
from .backend import dotenv_state
from .context import Context, moment
from .transaction import Transaction

#: A new process has to live for so long, and until it has been at rest for so long: it has loaded its code then, however slow
#: the machine. One that is never at rest is given so long. Later deaths are seen until the confirm (seconds).
STEADY, CALM, BUSY = 2.0, 1.0, 30.0
#: An operation waits for so long until a singleton has ended; the timer goes on after that (seconds).
PATIENCE = 10.0
LOOK, POLL = 0.25, 0.1
#: One that cannot live is tried again after a minute, after two ..., and at last every so many minutes.
RAREST = 15


def begin(transaction: Transaction) -> list[str]:
    """Starts the new release's workers beside the old ones; returns words for the log. Raises StepFailure where one dies
    at once; those that live are watched until the confirm, as web is."""
    context, spec = transaction.context, transaction.spec
    started = []
    for name, process in spec.others.items():
        if not process.singleton:
            backend = _announce(context, spec.id, name, process)
            context.manager.start(name, backend)
            started.append(Watch(context.manager, backend, name))
    _hold(context, started)
    if transaction.watch is not None:
        transaction.watch.companions = started
    return [f"{watch.process} runs" for watch in started]


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
            _tell_to_end(context, backend)


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
    """Where the live release was restarted: its singletons end, and `follow` starts others when they have."""
    for backend in context.history().others():
        if backend.singleton and backend.role != "stopping":
            _tell_to_end(context, backend)


def follow(context: Context) -> None:
    """The last act of every operation, however it ended: `level`, told as a step."""
    with _forgiving(context):
        if context.history().others() or _wanted(context, linked_release(context.paths, "current")):
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
    wanted = _wanted(context, linked_release(context.paths, "current"))
    return {*wanted, *(backend.process for backend in context.history().others())}


def rest(context: Context, named: Collection[str]) -> None:
    """Stops these by hand: nothing starts them but `wake`, or another release that goes live."""
    history = context.history()
    for name in named:
        past = [backend for backend in history.backends.values() if backend.process == name]
        running = [backend for backend in past if backend.role not in ("stopping", "stopped")]
        for backend in running or past[-1:]:
            _tell_to_end(context, backend, asked=True)


def wake(context: Context, named: Collection[str], fresh: bool) -> list[str]:
    """Starts these by hand; `fresh`: even those that run. Returns words. Raises StepFailure where one dies at once."""
    if fresh:
        for backend in context.history().others():
            if backend.process in named and backend.role != "stopping":
                _tell_to_end(context, backend)
    words = level(context, named)
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


def level(context: Context, woken: Collection[str] = ()) -> list[str]:
    """The live release's processes are up, and all others end. Returns what was done, in words. `woken`: processes to start
    though somebody stopped them, or though they could not live."""
    release = linked_release(context.paths, "current")
    resting = context.history().resting.difference(woken)
    wanted = {name: process for name, process in _wanted(context, release).items() if name not in resting}
    kept: set[str] = set()
    done = []
    for backend in reversed(context.history().others()):
        state = context.manager.state(backend.process, backend.name)
        if backend.role == "stopping":
            _see_off(context, backend, state)
        elif state.ended:
            done.append(f"{backend.process} was down: {state.detail}")
            _end_at_once(context, backend, failed=state.failed)
        elif (
            backend.release == release
            and backend.process in wanted
            and backend.process not in kept
            and (state.up or state.restarting)
            and state.kept
        ):
            kept.add(backend.process)
            if backend.role != "active":
                context.journal.write("active", backend=backend.name, process=backend.process)
        else:
            _tell_to_end(context, backend)
            done.append(f"{backend.process} of {backend.release} ends")
    if release is not None:
        done += [
            _bring_up(context, release, name, process)
            for name, process in wanted.items()
            if name not in kept and (name in woken or not too_early(context.history(), release, name))
        ]
    return done


def _wanted(context: Context, release: str | None) -> dict[str, Process]:
    return load_spec(context.paths, release).others if release else {}


def _announce(context: Context, release: str, name: str, process: Process) -> str:
    """Name of the process's next start, which is in the journal from here on."""
    backend = context.history().next_backend(release)
    context.journal.write(
        "start",
        backend=backend,
        process=name,
        singleton=process.singleton,
        stop=process.stop,
        dotenv=dotenv_state(context.paths),
    )
    return backend


def _bring_up(context: Context, release: str, name: str, process: Process) -> str:
    """Starts what the live release lacks: a singleton only when no other one runs any more."""
    if process.singleton and not _alone(context, name):
        return f"{name} waits until the one before has ended"
    backend = _announce(context, release, name, process)
    try:
        context.manager.start(name, backend)
    except StepFailure as failure:
        _end_at_once(context, context.history().backends[backend], failed=True)
        return f"{name} does not start: {failure}"
    context.journal.write("active", backend=backend, process=name)
    return f"{name} runs"


def _alone(context: Context, name: str) -> bool:
    """True when everything of this name has ended, and every singleton that was told to, whatever its name."""
    left = [backend for backend in context.history().others() if backend.role == "stopping"]
    left = [backend for backend in left if backend.singleton or backend.process == name]
    deadline = time.monotonic() + PATIENCE
    while True:
        left = [
            backend
            for backend in left
            if not _see_off(context, backend, context.manager.state(backend.process, backend.name))
        ]
        if not left or time.monotonic() > deadline:
            return not left
        time.sleep(POLL)


def _tell_to_end(context: Context, backend: Backend, asked: bool = False) -> None:
    """Begins a warm shutdown: the process takes no more work and ends when it has finished what it has. `asked`: by hand."""
    more = {"asked": True} if asked else {}
    until = moment(backend.stop)
    context.journal.write("stop", backend=backend.name, process=backend.process, until=until, **more)
    _stop(context, backend)


def _stop(context: Context, backend: Backend) -> None:
    try:
        context.manager.stop(backend.process, backend.name)
    except StepFailure as failure:
        context.tell.emit("notice", message=f"{backend.process} of {backend.release}: {failure}")


def _see_off(context: Context, backend: Backend, state: State) -> bool:
    """Looks at one that was told to end. True when it has ended, or has been ended since its time was over."""
    overdue = (backend.until or "") <= moment()
    if not state.ended and not overdue:
        if state.up:
            # Nobody told it: that was announced, and whoever did so died.
            _stop(context, backend)
        return False
    if not state.ended:
        took = (
            f"{backend.process} of {backend.release} had not ended after {backend.stop:g} s, and was killed"
        )
        context.tell.emit("notice", message=took)
    return _end_at_once(context, backend)


def _end_at_once(context: Context, backend: Backend, failed: bool = False) -> bool:
    """Ends what is left of one, and has the manager forget it. True when that is done."""
    known = {"backend": backend.name, "process": backend.process}
    if backend.role != "stopping":
        context.journal.write("stop", **known)
    try:
        context.manager.kill(backend.process, backend.name)
    except StepFailure as failure:
        context.tell.emit("notice", message=f"{backend.name} could not be ended: {failure}")
        return False
    context.journal.write("stopped", **known, failed=failed)
    return True


def too_early(history: History, release: str, name: str) -> bool:
    """True where the last ones could not live, and it is too early to try again."""
    past = [b for b in history.backends.values() if b.process == name and b.release == release]
    failures = len(list(takewhile(lambda backend: backend.failed, reversed(past))))
    return failures > 0 and past[-1].at > moment(-60 * min(failures, RAREST))

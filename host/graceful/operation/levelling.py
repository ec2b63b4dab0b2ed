"""What runs beside web is what the live release needs: `level` brings that about, after every operation, each minute and at
boot. Whatever is announced and not done is done by its next round."""

from __future__ import annotations

import time
from collections.abc import Collection
from itertools import takewhile

from ..errors import StepFailure
from ..journal.history import Backend, History
from ..process.manager import State
from ..release.spec import Process, load_spec
from ..site.links import linked_release
from .backend import dotenv_state
from .context import Context, moment

#: An operation waits for so long until another process has ended; the timer goes on after that (seconds).
PATIENCE, POLL = 10.0, 0.1
#: One that cannot live is tried again after a minute, after two ..., and at last every so many minutes.
RAREST = 15


def level(context: Context, woken: Collection[str] = ()) -> list[str]:
    """The live release's processes are up, and all others end. Returns what was done, in words. `woken`: processes to start
    though they could not live just now."""
    release = linked_release(context.paths, "current")
    resting = context.history().resting
    needed = {name: process for name, process in wanted(context, release).items() if name not in resting}
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
            and backend.process in needed
            and backend.process not in kept
            and (state.up or state.restarting)
            and state.kept
        ):
            kept.add(backend.process)
            if backend.role != "active":
                context.journal.write("active", backend=backend.name, process=backend.process)
        else:
            tell_to_end(context, backend)
            done.append(f"{backend.process} of {backend.release} ends")
    if release is not None:
        done += [
            _bring_up(context, release, name, process)
            for name, process in needed.items()
            if name not in kept and (name in woken or not too_early(context.history(), release, name))
        ]
    return done


def wanted(context: Context, release: str | None) -> dict[str, Process]:
    return load_spec(context.paths, release).others if release else {}


def announce(context: Context, release: str, name: str, process: Process) -> str:
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
    crowded = _crowded(context, release)
    if (process.singleton or crowded) and not _alone(context, name, crowded):
        return f"{name} waits until the one before has ended"
    backend = announce(context, release, name, process)
    try:
        context.manager.start(name, backend)
    except StepFailure as failure:
        _end_at_once(context, context.history().backends[backend], failed=True)
        return f"{name} does not start: {failure}"
    context.journal.write("active", backend=backend, process=name)
    return f"{name} runs"


def _crowded(context: Context, release: str) -> bool:
    """True where one of the releases that have processes says that the host cannot run those of two."""
    releases = {release, *(backend.release for backend in context.history().others())}
    return any(load_spec(context.paths, one).strategy == "restart" for one in releases)


def _alone(context: Context, name: str, crowded: bool) -> bool:
    """True when everything of this name has ended, and every singleton that was told to, whatever its name; `crowded`:
    everything that was told to."""
    left = [backend for backend in context.history().others() if backend.role == "stopping"]
    left = [backend for backend in left if crowded or backend.singleton or backend.process == name]
    deadline = time.monotonic() + PATIENCE
    while True:
        left = [backend for backend in left if not has_ended(context, backend)]
        if not left or time.monotonic() > deadline:
            return not left
        time.sleep(POLL)


def tell_to_end(context: Context, backend: Backend, asked: bool = False) -> None:
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


def has_ended(context: Context, backend: Backend) -> bool:
    return _see_off(context, backend, context.manager.state(backend.process, backend.name))


def _see_off(context: Context, backend: Backend, state: State) -> bool:
    """Looks at one that was told to end. True when it has ended, or has been ended since its time was over."""
    if not state.ended and (backend.until or "") > moment(backend.stop):
        # The clock was set back meanwhile. What it does at last is not cut off for that: its time begins again.
        backend.until = moment(backend.stop)
        context.journal.write("stop", backend=backend.name, process=backend.process, until=backend.until)
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
    # A start that is still to come was before the clock was set back.
    return failures > 0 and moment(-60 * min(failures, RAREST)) < past[-1].at <= moment()

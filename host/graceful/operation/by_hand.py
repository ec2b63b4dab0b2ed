"""`start`, `stop` and `restart` of backends by name, by hand.

A name is a release, one of its backends `<release>.<n>`, `web` for what is live, or another process of it, such as
`worker`. Whoever stops the live backend, or another process, wants it to stay so: that is recorded, and nothing starts it
but `start`, `restart`, or another release that goes live.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..check.health import STEADY, WEB, check_backend
from ..errors import GracefulError, StepFailure
from ..journal.history import Backend
from ..release.spec import load_spec
from ..site.links import linked_release
from . import processes
from .asked import Asked
from .backend import start_backend
from .context import Context, moment
from .going import inactive, run_restart
from .outcome import failure, plain_outcome
from .recover import runs_alone
from .retire import end_at_once, retire, stop_and_wait
from .revive import revive
from .run import refused, under_lock

#: How long `stop` waits for the visitors of a backend that is not live; the timer drains on after that (seconds).
PATIENCE = 5.0


@dataclass(frozen=True)
class Which:
    """What was named: `names`, or else `all`, or else `inactive`; nothing at all means what is live."""

    names: tuple[str, ...] = ()
    all: bool = False
    inactive: bool = False

    def __post_init__(self) -> None:
        if (len(self.names) > 0) + self.all + self.inactive > 1:
            raise GracefulError(
                "names, --all and --inactive exclude each other", "Give one of them.", code="bad-request"
            )


def run_stop(context: Context, which: Which, asked: Asked) -> dict[str, Any]:
    """Stops backends; the live one only where that is forced."""

    def work() -> dict[str, Any]:
        web, named = _split(context, which)
        found = _running(context, web) if web else []
        live = [backend.name for backend in found if backend.role == "active"]
        if live and not asked.force:
            raise GracefulError(
                f"{live[0]} is live: to stop it takes the site down",
                "`offline` shows a maintenance page instead. `stop --force` stops it all the same, until `start`.",
            )
        _begin(context, "stop", asked)
        try:
            for backend in found:
                times = load_spec(context.paths, backend.release).times
                if backend.role == "active":
                    stop_and_wait(context, backend.name, times.grace, asked=True)
                else:
                    retire(context, backend.name, times.drain, PATIENCE)
            processes.rest(context, named)
        except StepFailure as error:
            return _failed(context, "stop", error)
        stopped = [*(backend.name for backend in found), *named]
        told = f"stopped: {', '.join(stopped)}" if stopped else "nothing to stop"
        return _done(context, f"{told}. The site is down until `start`." if live else f"{told}.")

    return under_lock(context, "stop", asked, work)


def run_start(context: Context, which: Which, asked: Asked, fresh: bool = False) -> dict[str, Any]:
    """Starts what is live where it is down, and other releases as the standby that `switch` goes to; `fresh`: even one that
    runs already, which is a restart."""
    kind = "restart" if fresh else "start"

    def work() -> dict[str, Any]:
        web, named = _split(context, which)
        releases = _releases(context, web) if web else []
        _begin(context, kind, asked)
        try:
            told = [_start(context, release, fresh) for release in releases]
            told += processes.wake(context, named, fresh) if named else []
        except StepFailure as error:
            return _failed(context, kind, error)
        return _done(context, f"{'; '.join(told)}.")

    return under_lock(context, kind, asked, work)


def run_restart_of(context: Context, which: Which, asked: Asked) -> dict[str, Any]:
    """Restarts what is named, what had been stopped too; the live release, with all its processes, without a request lost."""
    try:
        web, named = _split(context, which)
        releases = _releases(context, web) if web else []
    except GracefulError as error:
        return refused(context, "restart", error)
    others = tuple(release for release in releases if release != linked_release(context.paths, "current"))
    if len(others) == len(releases):
        others += tuple(named)
    else:
        ended = run_restart(context, asked)
        if ended["result"] != "live" or not others:
            return ended
        name = f"{context.name}-others"
        context = Context(context.site, context.paths, context.manager, name, context.tell)
    return run_start(context, Which(others), asked, fresh=True)


def _split(context: Context, which: Which) -> tuple[Which | None, list[str]]:
    """What is named of web, if anything is, and which other processes are."""
    others = processes.names(context)
    named = sorted(others if which.all else others.intersection(which.names))
    rest = tuple(name for name in which.names if name not in others)
    return (None if which.names and not rest else Which(rest, which.all, which.inactive)), named


def _start(context: Context, release: str, fresh: bool) -> str:
    """Starts one release; returns words. Raises StepFailure."""
    history, live = context.history(), linked_release(context.paths, "current")
    kept = history.backend_of(release, "active" if release == live else "standby")
    if kept is not None and not fresh and context.manager.state(WEB, kept.name).up:
        return f"{kept.name} runs already"
    if release == live:
        if not revive(context, release):
            raise StepFailure(
                f"{release} does not answer",
                "See its log; `status` tells when it is up.",
                log=_log(context, release),
            )
        return f"{release} is up"
    return f"{_stand_by(context, release)} stands by; `switch {release}` goes to it"


def _stand_by(context: Context, release: str) -> str:
    """A new backend of a release that is not live, in the place of any other standby."""
    spec, live = load_spec(context.paths, release), linked_release(context.paths, "current")
    if runs_alone(context, spec, live):
        raise StepFailure(
            f"with `strategy: restart` {release} cannot run beside {live}", "`switch` goes there at once."
        )
    for backend in context.history().backend_in("standby"):
        retire(context, backend.name, spec.times.drain, patience=0)
    name = context.history().next_backend(release)
    try:
        start_backend(context, name)
        check_backend(context.paths, context.manager, spec, name, context.tell.pause, STEADY)
    except StepFailure as error:
        log = error.log or context.manager.logs(WEB, name)
        end_at_once(context, name)
        raise StepFailure(error.what, error.next_step, error.answer, log) from error
    context.journal.write("standby", backend=name, until=moment(spec.times.standby))
    return name


def _running(context: Context, which: Which) -> list[Backend]:
    """The backends that are named, of those that run; what is live comes last."""
    history = context.history()
    running = history.backend_in("standby", "draining", "active")
    if which.all:
        return running
    if which.inactive:
        return [backend for backend in running if backend.role != "active"]
    names = which.names or (WEB,)
    known = {WEB, *history.releases, *(backend.name for backend in running)}
    _refuse_unknown(names, known)
    return [
        backend
        for backend in running
        if backend.name in names or backend.release in names or (WEB in names and backend.role == "active")
    ]


def _releases(context: Context, which: Which) -> list[str]:
    """The releases that are named; what is live first."""
    live, history = linked_release(context.paths, "current"), context.history()
    if live is None:
        raise GracefulError("nothing is live yet", "Deploy first.")
    if which.inactive:
        return [inactive(context)]
    if which.all:
        has_other = history.backend_in("standby") or linked_release(context.paths, "previous")
        return [live, *([inactive(context)] if has_other else [])]
    names = which.names or (WEB,)
    there = {release for release in history.releases if context.paths.release(release).manifest.is_file()}
    backends = {
        known.name for known in history.backends.values() if known.release in there and known.process == WEB
    }
    _refuse_unknown(names, {WEB, *there, *backends})
    found = {live if name == WEB else name.partition(".")[0] for name in names}
    return sorted(found, key=lambda release: release != live)


def _refuse_unknown(names: tuple[str, ...], known: set[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise GracefulError(
            f"there is no {', '.join(unknown)} here",
            f"Name a release, one of its backends, `{WEB}` or another process; `status` lists them.",
            code="unknown",
        )


def _log(context: Context, release: str) -> list[str]:
    tried = context.history().backend_of(release, "active")
    return context.manager.logs(WEB, tried.name) if tried else []


def _begin(context: Context, kind: str, asked: Asked) -> None:
    context.journal.write("begin", kind=kind, release=None, commit="", origin=asked.origin)


def _failed(context: Context, kind: str, error: StepFailure) -> dict[str, Any]:
    serves = linked_release(context.paths, "current")
    told = f"{kind} failed: {error}.{' The timer goes on with it.' if kind == 'stop' else ''}"
    return plain_outcome(context, "failed", serves, told, failure(kind, "start", error))


def _done(context: Context, message: str) -> dict[str, Any]:
    return plain_outcome(context, "done", linked_release(context.paths, "current"), message)

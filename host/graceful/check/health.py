"""Judging a backend by its answers (invariant 3)."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from ..errors import HealthAnswer, StepFailure
from ..journal.history import WEB as WEB
from ..process.manager import Manager, State
from ..process.proc import Process, look_up
from ..process.sockets import peer_pid
from ..release.spec import Health, Spec
from ..site.paths import RELEASE_ID, SitePaths
from .http import Address, NoAnswer, get_through_socket, get_through_web_server
from .mends import mend_of_backend, mend_of_web_server
from .record import note_health

#: Pause between two asks of a backend that does not answer yet (seconds); local and cheap, so short.
POLL = 0.05
#: Pause between two looks at the process manager while asking; each look is a program of its own.
LOOK = 0.25
#: A release that serves for the first time has to live on for so long after its first good answer (seconds): some die of it.
STEADY = 0.5
#: Longest that one answer may take where the health time-out allows more.
ONE_ANSWER = 10.0
#: The last ask is not cut shorter than this (seconds), or its time-out would hide what the site answers.
LAST_ASK = 1.0
#: After the switch visitors get what the health path gets, so that many bad answers in a row are enough.
BAD_ENOUGH = 2


def bad_answer(health: Health, answer: HealthAnswer) -> str | None:
    """Why an answer is not good, or None."""
    if (
        answer.location is not None
        and 300 <= answer.status < 400
        and not (health.status and answer.status in health.status)
    ):
        return f"{health.path} redirects ({answer.status}) to {answer.location}; a redirect is not healthy"
    good = answer.status in health.status if health.status is not None else 200 <= answer.status < 300
    if not good:
        wanted = " or ".join(map(str, health.status)) if health.status else "2xx"
        return f"{health.path} answered {answer.status}, not {wanted}"
    if health.body is not None and health.body not in answer.body:
        return f"{health.path} answered {answer.status} without {health.body!r} in its body"
    return None


class Watch:
    """One backend from its first good answer to the confirm: the same process all the time. So are its companions."""

    def __init__(self, manager: Manager, backend: str, process: str = WEB) -> None:
        self._manager = manager
        self._backend = backend
        self.process = process
        self._first: State | None = None
        #: How it was at the last look, and its main process then.
        self._seen: tuple[State, Process | None] | None = None
        #: Its first good answer (monotonic seconds).
        self.since = time.monotonic()
        #: The release's other processes that started beside it.
        self.companions: list[Watch] = []

    def look(self) -> State:
        """The backend's state now. Raises StepFailure where it failed, ended or was restarted since the first look;
        its log is left to whoever undoes the rest: visitors may be waiting."""
        state = self._manager.state(self.process, self._backend)
        if not state.up or (self._first is not None and state.incarnation != self._first.incarnation):
            web = self.process == WEB
            raise StepFailure(
                f"the new {'backend' if web else self.process} died"
                f"{' and was started again' if state.up else ''}: {state.detail}",
                "Read its log, which is shown with this; mend the site, and try again.",
                # Nobody waits for an answer of another process, and whoever undoes the rest looks at web alone.
                log=[] if web else self._manager.logs(self.process, self._backend),
            )
        self._seen = state, look_up(state.pid)
        for companion in self.companions:
            companion.look()
        return state

    def glance(self) -> State:
        """The same, where this is not the last word: as long as the main process of the last look lives on, its manager, which
        takes a program of its own, is not asked again."""
        if self._seen is not None and not self.companions:
            state, process = self._seen
            now = look_up(state.pid)
            if process is not None and now is not None and now.started == process.started:
                return state
        return self.look()

    def pin(self) -> None:
        """From here on only this very process counts."""
        self._first, self.since = self.glance(), time.monotonic()


def check_backend(
    paths: SitePaths,
    manager: Manager,
    spec: Spec,
    backend: str,
    pause: Callable[[float], None],
    steady: float = 0,
) -> tuple[Watch, str]:
    """Asks a backend through its own socket until it gave `successes` good answers in a row.

    Returns the watch to hold until the confirm, and words for the log. Raises StepFailure with the last answer and the
    backend's log when the time is over or the process died. `pause` waits, and raises where the operation is to end.
    `steady`: seconds that have to pass after the first of them.
    """
    url, health = Address.of(spec.url), spec.health
    watch = Watch(manager, backend)
    limit, began = health.timeout, time.monotonic()
    looked, first = began, 0.0
    state, good, answer, why = watch.look(), 0, None, "no answer yet"

    def proved(connection: socket.socket) -> None:
        pid = peer_pid(connection)
        if not manager.owns(state, pid):
            raise NoAnswer(f"process {pid} answers on the socket, and it is not of this backend")

    while good < health.successes:
        left = began + limit - time.monotonic()
        if left <= 0:
            watch.look()
            note_health(paths, backend, False, why)
            raise StepFailure(
                f"not healthy within {health.timeout:g} s: {why}",
                mend_of_backend(answer, url, health),
                answer,
                manager.logs(WEB, backend),
            )
        if time.monotonic() - looked > LOOK:
            state, looked = watch.look(), time.monotonic()
        try:
            answer = get_through_socket(
                paths.backend_socket(backend),
                url,
                health.path,
                min(max(left, LAST_ASK), ONE_ANSWER),
                proved,
                pause,
            )
            trouble = bad_answer(health, answer)
        except NoAnswer as error:
            trouble = f"no answer on the socket: {error}"
        if trouble is None:
            if good == 0:
                first = time.monotonic() - began
                watch.pin()
                _hold(steady, pause)
                limit = health.timeout + steady
            good += 1
        else:
            good, why = 0, trouble
            pause(POLL)
    watch.glance()
    note_health(paths, backend, True, f"{health.path} answered as it should")
    return watch, f"{good} good answers, the first after {first:.2f} s"


def _hold(duration: float, pause: Callable[[float], None]) -> None:
    """Waits that long; one pause may end early."""
    until = time.monotonic() + duration
    while time.monotonic() < until:
        pause(POLL)


def verify_local(
    spec: Spec,
    release: str,
    pause: Callable[[float], None],
    patience: float | None = None,
    steady: float = 0,
    since: float | None = None,
    candidate: bool = False,
) -> str:
    """Asks the host's own web server for the health path and for the release's id. Raises StepFailure after `patience`
    seconds (default: the health time-out). `steady` as for `check_backend`; `since`: the backend's own first good answer, from
    which that counts (monotonic seconds). `candidate`: before the switch."""
    url, health = Address.of(spec.url), spec.health
    patience = health.timeout if patience is None else patience
    limit, began = patience, time.monotonic()
    good, bad, answer, why = 0, 0, None, "no answer yet"
    lasting = began
    while good < health.successes or time.monotonic() < lasting:
        left = began + limit - time.monotonic()
        if left <= 0 or bad >= BAD_ENOUGH:
            raise StepFailure(
                f"not healthy through the host's web server after {limit - left:.1f} s: {why}",
                mend_of_web_server(answer, url),
                answer,
            )
        try:
            timeout = min(max(left, LAST_ASK), ONE_ANSWER)
            answer = get_through_web_server(url, spec.verify_local, health.path, timeout, pause, candidate)
            trouble = bad_answer(health, answer)
            bad = 0 if trouble is None else bad + 1
            if trouble is None and spec.static_url is not None:
                trouble = _wrong_release(url, spec, release, timeout, candidate)
        except NoAnswer as error:
            trouble = f"no answer from the host's web server: {error}"
        if trouble is None:
            if good == 0:
                lasting = (time.monotonic() if since is None else since) + steady
                limit = patience + steady
            good += 1
        else:
            good, why = 0, trouble
        if trouble is not None or (good >= health.successes and time.monotonic() < lasting):
            # Asked all the while, since what is wrong now is wrong for visitors.
            pause(POLL)
    return f"{good} good answers through the host's web server"


def shows_candidate(spec: Spec, release: str) -> bool:
    """True where the host's web server answers for the candidate, so that it can be checked before the switch. The
    release's static files are all this needs; its backend may still be starting. Raises StepFailure where no web server
    answers: no visitor could get this release."""
    if spec.static_url is None:
        return False
    try:
        return _wrong_release(Address.of(spec.url), spec, release, ONE_ANSWER, candidate=True) is None
    except NoAnswer as error:
        raise StepFailure(
            f"the host's web server does not answer: {error}",
            "Is it running (systemctl status nginx)? `verify.local` says where the host reaches it.",
        ) from error


def _wrong_release(url: Address, spec: Spec, release: str, timeout: float, candidate: bool) -> str | None:
    path = f"{spec.static_url}graceful.txt"
    answer = get_through_web_server(url, spec.verify_local, path, timeout, candidate=candidate)
    if answer.status != 200:
        return f"{path} answered {answer.status}: the web server does not serve {spec.static_url} from current/static"
    told = answer.body.strip()
    if told == release:
        return None
    if RELEASE_ID.fullmatch(told):
        return f"{path} names release {told}, not {release}"
    return f"the web server answers for {url.header} with another site: {path} says {told[:60]!r}"

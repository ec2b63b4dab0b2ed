"""Starting the backend of a release again whose process is gone: after a boot, or under a fall-back."""

from __future__ import annotations

import time

from ..check.health import ONE_ANSWER, POLL
from ..check.http import Address, NoAnswer, get_through_socket
from ..errors import StepFailure
from ..journal.history import Backend
from ..release.spec import load_spec
from .backend import link_socket, start_backend
from .context import Context, moment
from .retire import end_at_once


def revive(context: Context, release: str) -> bool:
    """Starts the release's next backend and puts the release's `sock` on it. True when it answers.

    Liveness, not health: any HTTP answer will do, since a database that is down must not keep a site from starting.
    """
    history = context.history()
    dead = history.backend_of(release, "active")
    if dead is not None:
        end_at_once(context, dead.name)
    spec = load_spec(context.paths, release)
    backend = history.next_backend(release)
    try:
        start_backend(context, backend, link=False)
    except StepFailure as failure:
        context.tell.emit("notice", message=str(failure))
        end_at_once(context, backend)
        return False
    answered = _answers(context, backend, Address.of(spec.url), spec.health.path, spec.health.timeout)
    # Even when it does not answer yet: nothing better is there to point at.
    link_socket(context.paths, backend)
    context.journal.write("active", backend=backend)
    return answered


def relieve(context: Context, active: Backend) -> None:
    """Puts a new backend of the release in the place of one that runs on without a manager; no visitor notices. Where the
    new one does not answer, or a standby would make three of them, all stays as it is."""
    history, spec = context.history(), load_spec(context.paths, active.release)
    if history.backend_in("standby"):
        return
    backend = history.next_backend(active.release)
    context.tell.emit("notice", message=f"{active.name} lost its manager; {backend} takes its place")
    try:
        start_backend(context, backend, link=False)
        answered = _answers(context, backend, Address.of(spec.url), spec.health.path, spec.health.timeout)
    except StepFailure as failure:
        context.tell.emit("notice", message=str(failure))
        answered = False
    if not answered:
        end_at_once(context, backend)
        return
    link_socket(context.paths, backend)
    context.journal.write("active", backend=backend, relieves=active.name, until=moment(spec.times.drain))


def _answers(context: Context, backend: str, url: Address, path: str, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            get_through_socket(context.paths.backend_socket(backend), url, path, ONE_ANSWER)
            return True
        except NoAnswer:
            time.sleep(POLL)
    return False

"""Starting the backend of a release again whose process is gone: after a boot, or under a fall-back."""

from __future__ import annotations

from ..check.liveness import answers
from ..errors import StepFailure
from ..journal.history import Backend
from ..release.spec import load_spec
from .backend import link_socket, start_backend
from .context import Context, moment
from .retire import end_at_once, end_begun


def revive(context: Context, release: str, spare: str | None = None) -> bool:
    """Starts the release's next backend and puts the release's `sock` on it. True when it answers, with whatever. `spare`: the
    backend that may serve meanwhile."""
    end_begun(context, spare)
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
    answered = answers(context.paths, context.manager, backend, spec, spec.health.timeout)
    # Even when it does not answer yet: nothing better is there to point at.
    link_socket(context.paths, backend)
    context.journal.write("active", backend=backend)
    return answered


def relieve(context: Context, active: Backend, why: str) -> bool:
    """Puts a new backend of the release in the place of one that runs on; no visitor notices. Where the new one does not
    answer, or a standby would make three of them, all stays as it is, and False is returned."""
    history, spec = context.history(), load_spec(context.paths, active.release)
    if history.backend_in("standby"):
        return False
    end_begun(context)
    backend = history.next_backend(active.release)
    context.tell.emit("notice", message=f"{active.name} {why}; {backend} is to take its place")
    try:
        start_backend(context, backend, link=False)
        answered = answers(context.paths, context.manager, backend, spec, spec.health.timeout)
    except StepFailure as failure:
        context.tell.emit("notice", message=str(failure))
        answered = False
    if not answered:
        end_at_once(context, backend)
        return False
    link_socket(context.paths, backend)
    context.journal.write("active", backend=backend, relieves=active.name, until=moment(spec.times.drain))
    return True

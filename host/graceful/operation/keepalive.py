"""Keepalive: the live release's backend is up. After a boot this is what starts the site.

It judges liveness, never health: a database that is down must not have healthy processes restarted. It honours a stop that
somebody asked for, and the maintenance page; but what a boot has ended comes back also behind that page, for those who may see
the site meanwhile.
"""

from __future__ import annotations

from typing import Any

from ..check.health import WEB
from ..check.liveness import answers
from ..errors import StepFailure
from ..journal.history import Backend, History
from ..process.manager import State
from ..release.spec import Spec, load_spec
from ..site.links import foreign_current, linked_release
from .asked import Asked
from .backend import has_socket, link_socket
from .context import Context
from .outcome import plain_outcome
from .patience import Patience, boot_is_over
from .recover import end
from .retire import end_at_once, stop_and_wait
from .revive import relieve, revive
from .run import begin, under_lock
from .transact import transact

#: An answer may take this long at one look (seconds); a busy server is given so many looks, a minute apart.
ANSWER, LOOKS = 5.0, 3


def run_keepalive(context: Context, asked: Asked) -> dict[str, Any]:
    """One look, as an operation of its own; returns its outcome."""

    def work() -> dict[str, Any]:
        up, words = keep_live(context)
        serves = linked_release(context.paths, "current")
        return plain_outcome(context, "done" if up else "failed", serves, words)

    return under_lock(context, "keepalive", asked, work, unrecovered=lambda: keep_unrecovered(context))


def keep_unrecovered(context: Context) -> None:
    """The same where the operation before could be neither finished nor undone: that is no reason to leave visitors without a
    backend. But where it has switched, which release is to serve is the recovery's to say."""
    unfinished = context.history().unfinished
    if unfinished is not None and unfinished.switch is not None and unfinished.confirm is None:
        return
    _, words = keep_live(context)
    context.tell.emit("notice", message=f"all the same: {words}")


def keep_live(context: Context, offline: bool = False) -> tuple[bool, str]:
    """Brings the live backend up where it is down, under the lock; `offline`: behind the maintenance page too. Returns whether
    all is as it should be, and words."""
    live = None if foreign_current(context.paths) else linked_release(context.paths, "current")
    if live is None:
        return True, "nothing is live yet"
    history, patience = context.history(), Patience.of(context)
    if history.halted is not None:
        return True, f"{live} was stopped at {history.halted['at']}, and stays so until `start`"
    if context.paths.offline.exists() and not offline and boot_is_over(context):
        return True, f"the site is offline; {live} is left alone until `online`"
    spec = load_spec(context.paths, live)
    backend = history.backend_of(live, "active")
    state = context.manager.state(WEB, backend.name) if backend else None
    if backend is not None and state is not None:
        if state.restarting:
            return True, f"{backend.name} is being started again by {context.site.manager}"
        if state.up and not state.kept:
            return _replace(context, spec, backend)
        if state.up and not _hangs(context, spec, backend, patience):
            if not has_socket(context.paths, backend.name):
                # Whoever was about to put another one in its place died before that was so.
                link_socket(context.paths, backend.name)
            return True, f"{backend.name} is up"
    if not patience.over():
        return False, f"{live} is down; next try at {patience.until}, or at once by `restart`"
    patience.tries_now(context)
    return _bring_up(context, spec, backend, state, patience)


def _replace(context: Context, spec: Spec, orphan: Backend) -> tuple[bool, str]:
    """It serves on, and nobody would start it again: another one takes its place. With `strategy: restart` it ends before that,
    as soon as there is a manager that can start another one."""
    told = f"{orphan.name} lost its manager"
    if spec.strategy != "restart":
        relieve(context, orphan, "lost its manager")
        return True, told
    try:
        context.manager.sweep({backend.name for backend in context.history().standing()})
        context.tell.emit("notice", message=f"{told}; it ends, and another one is started")
        stop_and_wait(context, orphan.name, spec.times.grace)
    except StepFailure as failure:
        return False, f"{told}: {failure}"
    if revive(context, spec.id):
        return True, f"{told}; another one took its place"
    return False, f"{told}, and another one does not come up; see its log"


def _hangs(context: Context, spec: Spec, backend: Backend, patience: Patience) -> bool:
    """True where a process that runs has given no answer for so many looks."""
    if answers(context.paths, context.manager, backend.name, spec, ANSWER):
        patience.all_is_well(context)
        return False
    return patience.unheard(context, backend.name) >= LOOKS


def _bring_up(
    context: Context, spec: Spec, backend: Backend | None, state: State | None, patience: Patience
) -> tuple[bool, str]:
    if backend is not None and state is not None and state.up and spec.strategy != "restart":
        # It runs and says nothing. Whatever it does, a new one that answers is better; one that does not shows that the
        # process is not to blame.
        if relieve(context, backend, "gives no answer"):
            patience.all_is_well(context)
            return True, f"{backend.name} gave no answer; another backend of {spec.id} took its place"
        patience.failed(context)
        return (
            False,
            f"{backend.name} gives no answer, and neither does a new one; next try at {patience.until}",
        )
    context.tell.emit("notice", message=f"the backend of {spec.id} is down; starting it again")
    if revive(context, spec.id):
        patience.all_is_well(context)
        return True, f"{spec.id} was down and is up again"
    patience.failed(context)
    told = f"{spec.id} does not come up; see its log"
    if spec.keepalive == "switch":
        return _switch_away(context, spec.id, told)
    return False, f"{told}; next try at {patience.until}"


def _switch_away(context: Context, dead: str, told: str) -> tuple[bool, str]:
    """`keepalive: switch`: the release that stands by, or the one before, where the database fits both."""
    history = context.history()
    target, why_not = _stand_in(context, history, dead)
    if target is None:
        return False, f"{told}; {why_not}"
    tried = history.backend_of(dead, "active")
    if tried is not None:
        end_at_once(context, tried.name)
    own = Context(context.site, context.paths, context.manager, f"{context.name}-switch", context.tell)
    asked = Asked({"actor": "keepalive", "reason": told}, 0)
    transaction = begin(own, "keepalive", load_spec(own.paths, target), asked, own.history())
    transaction.goes_back = True
    ended = transact(transaction)
    end(own, ended)
    return ended["result"] == "live", f"{told}. {ended['message']}"


def _stand_in(context: Context, history: History, dead: str) -> tuple[str | None, str]:
    """The release to switch to, or why there is none."""
    standby = [
        backend.release
        for backend in history.backend_in("standby")
        if history.releases[backend.release].state == "good"
    ]
    target = standby[-1] if standby else linked_release(context.paths, "previous")
    if target is None or target == dead or not context.paths.release(target).manifest.is_file():
        return None, "there is no release to switch to"
    ahead = history.ahead_of(target)
    if ahead:
        return None, f"not switching to {target}: the database is ahead of it by {', '.join(ahead)}"
    return target, ""

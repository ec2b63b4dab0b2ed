"""Questions answered before anything is built: what stands in the way, and is this release live already?"""

from __future__ import annotations

import fcntl
import grp
import json
import os
from typing import Any

from ..check.health import WEB, verify_local
from ..errors import GracefulError, StepFailure
from ..facts import host_facts
from ..operation.backend import dotenv_state
from ..operation.context import Context
from ..operation.prepare import missing_shared
from ..release.spec import Spec, Times, load_spec
from ..site.links import foreign_current, linked_release
from ..status import live_commit, site_links, unfinished_words
from ..version import PROTOCOL, VERSION
from ..wire import Message

#: A verify of what is live already needs no patience for a start (seconds).
LIVE_PATIENCE = 5.0
#: unix(7): `sun_path` has 108 bytes, the last of them NUL.
LONGEST_SOCKET = 107
#: A name that a release started this often has.
LONGEST_BACKEND = "20261122T043400Z-abcdef1.9999"


def _fault(what: str, mend: str) -> dict[str, str]:
    return {"what": what, "mend": mend}


def host_faults(context: Context) -> list[dict[str, str]]:
    """What stands in the way of any deploy on this host, all at once."""
    paths, found = context.paths, []
    for folder in (paths.root, paths.bin, paths.shared):
        if not folder.is_dir():
            found.append(
                _fault(f"folder {folder} is missing", f"mkdir {folder}; owner and mode: {context.site.guide}")
            )
    if paths.root.is_dir() and not os.access(paths.root, os.W_OK):
        found.append(
            _fault(f"{paths.root} is not writable", f"chown {context.site.deploy_user}: {paths.root}")
        )
    groups = os.getgroups()
    for group in context.site.groups:
        if not _member(group, groups):
            found.append(
                _fault(
                    f"user {context.site.deploy_user} is not in group {group}",
                    f"adduser {context.site.deploy_user} {group}, then log in again",
                )
            )
    socket = str(paths.backend_socket(LONGEST_BACKEND))
    if len(os.fsencode(socket)) > LONGEST_SOCKET:
        found.append(
            _fault(
                f"the path of a backend's socket would have {len(os.fsencode(socket))} bytes, and Linux allows"
                f" {LONGEST_SOCKET}: {socket}",
                f"Choose a `root` that is {len(os.fsencode(socket)) - LONGEST_SOCKET} bytes shorter.",
            )
        )
    foreign = foreign_current(paths)
    if foreign is not None:
        found.append(
            _fault(
                f"{paths.current} is {foreign}, not a link of Graceful's",
                "Move it away (its site goes down), or choose another `root`.",
            )
        )
    return found


def _member(group: str, groups: list[int]) -> bool:
    try:
        return grp.getgrnam(group).gr_gid in groups
    except KeyError:
        return False


def welcome(context: Context, ticket: int | None) -> dict[str, Any]:
    """The `welcome` message."""
    return {
        "type": "welcome",
        "protocol": PROTOCOL,
        "version": VERSION,
        "facts": host_facts(context.paths.root, context.manager.describe()),
        "links": site_links(context),
        "liveCommit": live_commit(context),
        "ticket": ticket,
        "unfinished": unfinished_words(context),
        "faults": host_faults(context),
    }


def preflight(context: Context, message: Message) -> dict[str, Any]:
    """The `preflighted` message: faults of this deploy, and whether it would change anything."""
    shared, times = message.part("shared"), Times.read(message.part("times"))
    faults = [*host_faults(context), *context.manager.faults(times.grace)]
    for path in missing_shared(context.paths, shared.strings("dirs"), shared.strings("files")):
        target = context.paths.shared / path
        make = f"mkdir -p {target}" if path.endswith("/") else f"put the file at {target} (mode 0640)"
        faults.append(_fault(f"shared {path} is missing in {context.paths.shared}", make))
    live = linked_release(context.paths, "current")
    if faults:
        reasons = ["the host is not ready"]
    else:
        reasons = ["forced"] if message.flag("force") else _differences(context, message, live)
    return {
        "type": "preflighted",
        "faults": faults,
        "unchanged": not reasons,
        "reasons": reasons,
        "live": live,
    }


def _differences(context: Context, message: Message, live: str | None) -> list[str]:
    """Why this deploy is not what is live already, in words that hold no value of a variable."""
    if live is None:
        return ["first deploy"]
    history, spec = context.history(), load_spec(context.paths, live)
    reasons = []
    if spec.deploy_key != message.text("deployKey"):
        reasons.append("source, requirements or configuration changed")
    wanted = message.texts("env")
    held: dict[str, str] = json.loads(context.paths.release(live).env.read_text())
    changed = sorted(name for name in {**held, **wanted} if held.get(name) != wanted.get(name))
    if changed:
        reasons.append(f"env changed: {', '.join(changed)}")
    release, backend = history.releases.get(live), history.backend_of(live, "active")
    if release is None or release.state != "good":
        reasons.append(f"the live release is {release.state if release else 'unknown to the journal'}")
    if history.unfinished is not None:
        reasons.append("an operation did not end")
    if backend is None or not context.manager.state(WEB, backend.name).up:
        reasons.append("the live backend is down")
    elif backend.dotenv != dotenv_state(context.paths):
        reasons.append("shared/.env changed since the backend started")
    return reasons or _unhealthy(context, spec)


def _unhealthy(context: Context, spec: Spec) -> list[str]:
    """The same release is live: does it serve?"""
    try:
        verify_local(spec, spec.id, context.tell.pause, LIVE_PATIENCE)
    except StepFailure as failure:
        return [f"the live release does not pass verify: {failure.what}"]
    return []


def raise_ticket(context: Context) -> int:
    """The next ticket of this site (invariant 7), counted under a lock of its own."""
    context.paths.operations.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(context.paths.ticket, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        raw = os.pread(handle, 32, 0)
        try:
            ticket = max(int(raw or b"0"), context.history().ticket) + 1
        except ValueError as error:
            raise GracefulError(
                f"{context.paths.ticket} is damaged", "Remove the file.", code="host"
            ) from error
        # Never shorter than before, so that a full disk cannot lose the counter.
        os.pwrite(handle, b"%020d" % ticket, 0)
        return ticket
    finally:
        os.close(handle)

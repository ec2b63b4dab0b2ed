"""Questions answered before anything is built: what stands in the way, and is this release live already?"""

from __future__ import annotations

import json
import socket
from typing import Any

from ..check.health import WEB, verify_local
from ..check.http import Address, door_of
from ..errors import Fault, StepFailure, fault
from ..operation.backend import dotenv_state
from ..operation.context import Context
from ..release.damage import is_damaged
from ..release.shared import Shared, missing_files, settle_shared
from ..release.spec import Spec, Times, load_spec
from ..report.live import known_trees, live_build
from ..store.damaged import is_marked
from ..wire import Message
from .welcome import host_faults

#: A verify of what is live already needs no patience for a start (seconds).
LIVE_PATIENCE = 5.0
#: The host's own web server is near (seconds).
DOOR_PATIENCE = 5.0


def web_server_faults(url: str, local: str | None) -> list[Fault]:
    """A site whose web server is down would fail its check, after all the work."""
    door = door_of(Address.of(url), local)
    try:
        socket.create_connection((door.host, door.number), DOOR_PATIENCE).close()
    except OSError as error:
        return [
            fault(
                f"the host's web server does not answer at {door.scheme}://{door.header}: {error.strerror or error}",
                "Start it (systemctl status nginx); where it listens elsewhere, say so in `verify.local`.",
            )
        ]
    return []


def preflight(context: Context, message: Message, adopt: bool = False, dry: bool = False) -> dict[str, Any]:
    """The `preflighted` message: faults of this deploy, and whether it would change anything. `dry`: nothing is made."""
    verify, times = message.part("verify"), Times.read(message.part("times"))
    others = message.optional_part("processes")
    patience = {name: others.number(name) / 1000 for name in others.data} if others else {}
    faults = host_faults(context, adopt)
    shared = Shared.read(message.part("shared"))
    missing = missing_files(context.paths, shared)
    if not faults:
        owner = context.site.owner
        faults += settle_shared(context.paths, shared, owner.looking() if dry else owner)
    faults += context.manager.faults({WEB: times.grace, **patience})
    faults += web_server_faults(message.text("url"), verify.optional_text("local"))
    live = None
    known: list[dict[str, str]] = []
    if faults or missing:
        reasons = ["the host is not ready"]
    else:
        live = live_build(context)
        reasons = ["forced"] if message.flag("force") else _differences(context, message, live["release"])
        known = known_trees(context, live["build"]) if reasons else []
    return {
        "type": "preflighted",
        "faults": faults,
        "missing": missing,
        "unchanged": not reasons,
        "reasons": reasons,
        "live": live,
        "known": known,
        "offline": context.paths.offline.exists(),
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
    if is_damaged(context.paths, live) or is_marked(context.paths, spec.env):
        reasons.append("the live release is damaged, as `graceful verify` has found")
    if backend is None or not context.manager.state(WEB, backend.name).up:
        reasons.append("the live backend is down")
    elif backend.dotenv != dotenv_state(context.paths):
        reasons.append("shared/.env changed since the backend started")
    others = [other for other in history.others() if other.release == live]
    up = {other.process for other in others if context.manager.state(other.process, other.name).up}
    reasons += [f"the live {name} is down" for name in spec.others if name not in up]
    return reasons or _unhealthy(context, spec)


def _unhealthy(context: Context, spec: Spec) -> list[str]:
    """The same release is live: does it serve?"""
    try:
        verify_local(spec, spec.id, context.tell.pause, LIVE_PATIENCE)
    except StepFailure as failure:
        return [f"the live release does not pass verify: {failure.what}"]
    return []

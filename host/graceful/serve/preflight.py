"""Questions answered before anything is built: what stands in the way, and is this release live already?"""

from __future__ import annotations

import grp
import json
import os
import socket
from typing import Any

from ..check.health import WEB, verify_local
from ..check.http import Address, door_of
from ..errors import Fault, StepFailure, fault
from ..facts import host_facts
from ..operation.backend import dotenv_state
from ..operation.context import Context
from ..operation.run import FOREIGN
from ..process.sockets import LONGEST_SOCKET
from ..release.damage import is_damaged
from ..release.shared import Shared, missing_files, settle_shared
from ..release.spec import Spec, Times, load_spec
from ..report.live import known_trees, live_build
from ..report.status import live_commit, site_links, unfinished_words
from ..site.links import foreign_current
from ..store.damaged import is_marked
from ..version import PROTOCOL, VERSION
from ..wire import Message
from .folders import folder_faults

#: A verify of what is live already needs no patience for a start (seconds).
LIVE_PATIENCE = 5.0
#: A name that a release started this often has.
LONGEST_BACKEND = "20261122T043400Z-abcdef1.9999"
#: The host's own web server is near (seconds).
DOOR_PATIENCE = 5.0


def host_faults(context: Context, adopt: bool = False) -> list[Fault]:
    """What stands in the way of any deploy on this host, all at once. `adopt`: a `current` that is not ours gives way."""
    paths, site = context.paths, context.site
    found = folder_faults(paths, site)
    mine = os.getgroups()
    for group in site.groups:
        found += _group_faults(site.deploy_user, group, mine)
    socket_path = os.fsencode(paths.backend_socket(LONGEST_BACKEND))
    if len(socket_path) > LONGEST_SOCKET:
        found.append(
            fault(
                f"the path of a backend's socket would have {len(socket_path)} bytes, and Linux allows {LONGEST_SOCKET}:"
                f" {os.fsdecode(socket_path)}",
                f"Choose a `root` that is {len(socket_path) - LONGEST_SOCKET} bytes shorter.",
            )
        )
    foreign = foreign_current(paths)
    if foreign is not None and not adopt:
        found.append(fault(f"{paths.current} {foreign}", FOREIGN))
    elif foreign is not None and os.path.lexists(paths.adopted):
        found.append(
            fault(
                f"{paths.current} {foreign}, and {paths.adopted} is there already",
                f"Move {paths.adopted} away: `adopt` puts what `current` is now there.",
            )
        )
    return found


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


def _group_faults(user: str, group: str, mine: list[int]) -> list[Fault]:
    try:
        if grp.getgrnam(group).gr_gid in mine:
            return []
    except KeyError:
        return [
            fault(
                f"there is no group {group} on this host",
                f"As root: groupadd --system {group} && usermod --append --groups {group} {user}; or correct the name in"
                " /etc/graceful",
            )
        ]
    return [
        fault(f"user {user} is not in group {group}", f"As root: usermod --append --groups {group} {user}")
    ]


def welcome(context: Context, ticket: int | None, faults: list[Fault]) -> dict[str, Any]:
    """The `welcome` message."""
    return {
        "type": "welcome",
        "protocol": PROTOCOL,
        "version": VERSION,
        "facts": host_facts(context.paths.root, context.paths.store, context.manager.describe()),
        "links": site_links(context),
        "liveCommit": live_commit(context),
        "ticket": ticket,
        "unfinished": None if faults else unfinished_words(context),
        "faults": faults,
    }


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

"""What the runner is told first: this host's facts, what is live, and what stands in the way of any deploy here."""

from __future__ import annotations

import grp
import os
from typing import Any

from ..errors import Fault, fault
from ..facts import host_facts
from ..operation.context import Context
from ..process.sockets import LONGEST_SOCKET
from ..report.live import live_commit, site_links, unfinished_words
from ..site.links import FOREIGN, foreign_current
from ..version import PROTOCOL, VERSION
from .folders import folder_faults

#: A name that a release started this often has.
LONGEST_BACKEND = "20261122T043400Z-abcdef1.9999"


def welcome(context: Context, ticket: int | None, faults: list[Fault]) -> dict[str, Any]:
    """The `welcome` message."""
    return {
        "type": "welcome",
        "protocol": PROTOCOL,
        "version": VERSION,
        "facts": host_facts(context.paths.root, context.paths.store),
        "links": site_links(context),
        "liveCommit": live_commit(context),
        "ticket": ticket,
        "unfinished": None if faults else unfinished_words(context),
        "faults": faults,
    }


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

"""Verbs about what visitors get."""

from __future__ import annotations

from argparse import Namespace

from ..operation.maintain import run_offline, run_online
from .going import plainly, told, waiting
from .site import operation
from .terminal import follow
from .verbs import Verbs


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    verb = verbs.add(
        "offline",
        _offline,
        "show visitors the maintenance page",
        "Backends run on, and addresses that the web server's site allows (this host is one) get the site as ever, so"
        " that a deploy can go on meanwhile.",
    )
    verb.add_argument(
        "--until", default="", metavar="TEXT", help="when visitors may come back, for the page: 'at 15:00'"
    )
    waiting(verb, reason="for visitors, and for the journal")
    waiting(verbs.add("online", _online, "show visitors the site again"))


def _offline(arguments: Namespace) -> int:
    how = plainly(arguments)
    return told(follow(operation("offline"), lambda here: run_offline(here, arguments.until, how)))


def _online(arguments: Namespace) -> int:
    how = plainly(arguments)
    return told(follow(operation("online"), lambda here: run_online(here, how)))

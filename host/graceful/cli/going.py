"""Verbs that change which release serves."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from ..errors import GracefulError
from ..operation.asked import Asked
from ..operation.context import Context
from ..operation.going import run_activate, run_rollback, run_update
from ..printing import say
from ..site.ticket import raise_ticket
from .codes import HUNG_UP, code_of
from .duration import duration
from .site import operation, origin
from .terminal import follow
from .values import name
from .verbs import Verbs


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    verb = verbs.add("rollback", _rollback, "go back to `previous`, or to the named release")
    verb.add_argument("release", nargs="?", type=name, metavar="RELEASE")
    waiting(verb, goes=True)
    for called, summary in (
        ("activate", "put a staged release live, or any other that is on the host"),
        ("switch", "the same as activate"),
    ):
        verb = verbs.add(called, _activate, summary)
        verb.add_argument("release", type=name, metavar="RELEASE")
        waiting(verb, goes=True)
    verb = verbs.add("update", _update, "start the release that is not live anew, and switch to it")
    waiting(verb)
    _database_ahead(verb)


def waiting(verb: ArgumentParser, goes: bool = False, reason: str = "for the journal") -> None:
    """Options of whatever changes a site. `goes`: to a release that can be named."""
    verb.add_argument("--reason", default="", metavar="TEXT", help=reason)
    verb.add_argument(
        "--lock-timeout",
        type=duration,
        default=600.0,
        metavar="TIME",
        help="longest to wait for another operation, such as 30s (default: 10m)",
    )
    if goes:
        verb.add_argument(
            "--lock",
            choices=("wait", "preempt"),
            default="wait",
            help="preempt: a deploy that has not switched gives way",
        )
        _database_ahead(verb)


def _database_ahead(verb: ArgumentParser) -> None:
    verb.add_argument(
        "--database-ahead",
        action="store_true",
        help="also to a release that does not know migrations which later ones have applied",
    )


def asked(arguments: Namespace, context: Context, force: bool = False) -> Asked:
    """Who asks for an operation, and how."""
    try:
        ticket = raise_ticket(context.paths, context.history().ticket)
    except FileNotFoundError:
        raise GracefulError("nothing was deployed here yet", "Deploy first.", code="bad-request") from None
    given = vars(arguments)
    return Asked(
        origin(arguments.reason),
        arguments.lock_timeout,
        ticket,
        force,
        preempt=given.get("lock") == "preempt",
        database_ahead=given.get("database_ahead", False),
        called=arguments.verb,
    )


def plainly(arguments: Namespace) -> Asked:
    """The same for what no other operation can overtake."""
    return Asked(origin(arguments.reason), arguments.lock_timeout)


def _rollback(arguments: Namespace) -> int:
    """Rolls back without a runner: the host's own verify decides alone."""
    context = operation("rollback")
    how = asked(arguments, context)
    return told(follow(context, lambda here: run_rollback(here, arguments.release, how)))


def _activate(arguments: Namespace) -> int:
    context = operation("activate")
    how = asked(arguments, context)
    return told(follow(context, lambda here: run_activate(here, arguments.release, how)))


def _update(arguments: Namespace) -> int:
    context = operation("update")
    how = asked(arguments, context)
    return told(follow(context, lambda here: run_update(here, None, how)))


def told(outcome: dict[str, Any] | None) -> int:
    """Tells how an operation ended; returns its exit code. None: it goes on, and nobody is there to be told."""
    if outcome is None:
        return HUNG_UP
    say(f"{outcome['result']}: {outcome['message']}")
    if outcome["failure"]:
        say("\n".join([outcome["failure"]["next"], *outcome["failure"]["log"]]), sys.stderr)
    return code_of(outcome)

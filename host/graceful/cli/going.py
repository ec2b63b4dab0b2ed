"""Verbs that change which release serves."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from ..operation.run import run_rollback
from .codes import CODES
from .site import operation, origin
from .verbs import Verbs

#: Longest that an operator's command waits for another operation (seconds).
LOCK = 600.0


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    verb = verbs.add("rollback", _rollback, "go back to `previous`, or to the named release")
    verb.add_argument("release", nargs="?", metavar="RELEASE")
    verb.add_argument("--reason", default="", help="for the journal")


def _rollback(arguments: Namespace) -> int:
    """Rolls back without a runner: the host's own verify decides alone."""
    context = operation("rollback")
    return told(run_rollback(context, arguments.release, origin(arguments.reason), LOCK))


def told(outcome: dict[str, Any]) -> int:
    """Tells how an operation ended; returns its exit code."""
    print(f"{outcome['result']}: {outcome['message']}")
    if outcome["failure"]:
        print(f"{outcome['failure']['next']}\n" + "\n".join(outcome["failure"]["log"]), file=sys.stderr)
    return CODES[outcome["result"]]

"""Verbs that programs call: the runner, the timer and the boot unit."""

from __future__ import annotations

from argparse import Namespace

from ..operation.tick import tick
from ..serve.front import main as serve
from .site import operation
from .verbs import Verbs


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    verb = verbs.add("serve", _serve, "speak with the runner on standard input and output")
    verb.add_argument(
        "--plan-only", action="store_true", help="for a key that plans deploys and does nothing else"
    )
    verbs.add("tick", _tick, "what time asks for: recover, keep the live backend up, end standby, drain")


def _serve(arguments: Namespace) -> int:
    return serve(plan_only=arguments.plan_only)


def _tick(_: Namespace) -> int:
    tick(operation("tick"))
    return 0

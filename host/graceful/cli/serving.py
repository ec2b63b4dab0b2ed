"""Verbs that programs call: the runner, the timer and the boot unit, and whoever lost a runner."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from ..operation.channel import outcome_of
from ..operation.tick import tick
from ..serve.front import main as serve
from ..serve.front import operation_name
from .site import context, operation
from .verbs import Verbs


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    verbs.add("serve", lambda _: serve(), "speak with the runner on standard input and output")
    verbs.add("tick", _tick, "what time asks for: recover, keep the live backend up, end standby, drain")
    verbs.add("outcome", _outcome, "what became of an operation; its token is read from standard input")


def _tick(_: Namespace) -> int:
    tick(operation("tick"))
    return 0


def _outcome(_: Namespace) -> int:
    name = operation_name(sys.stdin.readline().strip())
    print(json.dumps(outcome_of(context(name).folder), indent=2))
    return 0

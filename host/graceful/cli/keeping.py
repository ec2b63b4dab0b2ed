"""Verbs about what is left over or has gone bad: releases that are too many, an operation that was cut off, damage."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from typing import Any

from ..operation.maintain import run_clean, run_delete, run_recover
from ..operation.verify import verify
from ..report.verified import damages_text, verified_text
from .codes import CODES
from .going import plainly, told, waiting
from .output import put
from .site import context, operation
from .terminal import follow
from .values import name, whole
from .verbs import Verbs


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    verb = verbs.add(
        "delete",
        _delete,
        "remove one release from this host",
        "Refused while a link names it or a backend of it runs. A release that is deleted cannot be rolled back to.",
    )
    verb.add_argument("release", type=name, metavar="RELEASE")
    waiting(verb)

    verb = verbs.add(
        "clean",
        _clean,
        "remove releases that are too many, and what only they needed",
        "Good releases, and those that failed or were rolled back, are counted apart, in the order of the journal. What a link"
        " names or what runs always stays. The timer does the same by `keep` in graceful.yml.",
    )
    verb.add_argument(
        "--keep", type=whole, metavar="N", help="so many good releases stay (default: `keep` in graceful.yml)"
    )
    waiting(verb)

    verb = verbs.add(
        "recover",
        _recover,
        "finish or undo an operation that was cut off",
        "The timer does it each minute, and every command that changes something does it first.",
    )
    waiting(verb)

    verb = verbs.add(
        "verify",
        _verify,
        "look for damage in the store and in what was placed from it, for the next deploy to mend",
        "Every object, tree, environment, and the code and static files of every release are read, without any lock. Damage is"
        " named, with the releases that it concerns; the exit code is 1 then.",
    )
    verb.add_argument("--json", action="store_true", help="as one JSON object")


def _delete(arguments: Namespace) -> int:
    how = plainly(arguments)
    return told(follow(operation("delete"), lambda here: run_delete(here, arguments.release, how)))


def _clean(arguments: Namespace) -> int:
    how = plainly(arguments)
    return told(follow(operation("clean"), lambda here: run_clean(here, arguments.keep, how)))


def _recover(arguments: Namespace) -> int:
    how = plainly(arguments)
    return told(follow(operation("recover"), lambda here: run_recover(here, how)))


def _verify(arguments: Namespace) -> int:
    # Whoever serves or deploys meanwhile goes first.
    os.nice(19)
    damages: list[dict[str, Any]] = []
    last: dict[str, Any] = {}

    def tell(told: dict[str, Any]) -> None:
        last.update(told)
        if arguments.json:
            damages.extend(told["damages"])
        elif told["damages"]:
            put(damages_text(told))

    verify(context("verify"), tell)
    whole = {key: value for key, value in last.items() if key not in ("type", "more")}
    stopped = put(
        json.dumps({**whole, "damages": damages}, indent=2) if arguments.json else verified_text(last)
    )
    return CODES["failed"] if last["count"] else stopped or 0

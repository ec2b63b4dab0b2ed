"""Verbs about what is left over: releases that are too many, an operation that was cut off."""

from __future__ import annotations

from argparse import Namespace

from ..operation.maintain import run_clean, run_delete, run_recover
from .going import plainly, told, waiting
from .site import operation
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


def _delete(arguments: Namespace) -> int:
    how = plainly(arguments)
    return told(follow(operation("delete"), lambda here: run_delete(here, arguments.release, how)))


def _clean(arguments: Namespace) -> int:
    how = plainly(arguments)
    return told(follow(operation("clean"), lambda here: run_clean(here, arguments.keep, how)))


def _recover(arguments: Namespace) -> int:
    how = plainly(arguments)
    return told(follow(operation("recover"), lambda here: run_recover(here, how)))

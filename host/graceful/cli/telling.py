"""Verbs that tell of the site and change nothing. They never wait for the lock."""

from __future__ import annotations

import json
from argparse import Namespace

from ..status import status
from .site import context
from .verbs import Verbs


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    verb = verbs.add("status", _status, "links, backends and what is under way")
    verb.add_argument("--json", action="store_true", help="as one JSON object")


def _status(arguments: Namespace) -> int:
    told = status(context("status"))
    if arguments.json:
        print(json.dumps(told, indent=2))
        return 0
    print(f"{told['site']} on {told['host']} in {told['root']}")
    if told["mode"] == "single-user":
        print("  single-user mode: deploy, site and web server are not kept apart")
    for name, release in told["links"].items():
        print(f"  {'previous-working' if name == 'previousWorking' else name:16} {release or '-'}")
    for backend in told["backends"]:
        print(
            f"  {backend['role']:16} {backend['backend']} {'up' if backend['up'] else 'down'} pid {backend['pid']}"
        )
    for key in ("unfinished", "holder"):
        if told[key]:
            print(f"  {key:16} {told[key]}")
    return 0

"""Verbs that run something of a release for the operator."""

from __future__ import annotations

import argparse
import os
from argparse import Namespace

from ..errors import GracefulError
from ..site.links import linked_release
from .site import context
from .verbs import Verbs


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    verb = verbs.add(
        "manage", _manage, "run a command of manage.py, such as createsuperuser, in the live release"
    )
    verb.add_argument("argv", nargs=argparse.REMAINDER, metavar="COMMAND")


def _manage(arguments: Namespace) -> int:
    """Becomes `manage.py ARGV` of the release that serves, as the site's user; a terminal stays a terminal."""
    here = context("manage")
    release = linked_release(here.paths, "current")
    if release is None:
        raise GracefulError("nothing is live yet", "Deploy first; then run this again.", code="bad-request")
    command = here.manager.manage(release)
    os.execvp(command[0], [*command, *arguments.argv])

"""Verbs that run something of a release for the operator."""

from __future__ import annotations

import argparse
import os
from argparse import Namespace

from ..operation.manage import manage_command
from .site import context
from .verbs import Verbs


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    verb = verbs.add(
        "manage",
        _manage,
        "run a command of manage.py, such as createsuperuser, in a release",
        "As the site's user, with the release's variables; a terminal stays a terminal. The exit code is the command's own.",
    )
    verb.add_argument("--release", metavar="RELEASE", help="default: the live one")
    verb.add_argument("argv", nargs=argparse.REMAINDER, metavar="COMMAND")


def _manage(arguments: Namespace) -> int:
    """Becomes `manage.py ARGV` of the release, as the site's user."""
    argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
    command = manage_command(context("manage"), arguments.release, argv)
    os.execvp(command[0], command)

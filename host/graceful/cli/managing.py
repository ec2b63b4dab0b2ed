"""The verb that runs a management command."""

from __future__ import annotations

import argparse
import signal
import subprocess
from argparse import Namespace

from ..operation.manage import manage
from .site import context
from .values import name
from .verbs import Verbs


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    verb = verbs.add(
        "manage",
        _manage,
        "run a command of manage.py, such as createsuperuser, in a release",
        "As the site's user, with the release's variables; a terminal stays a terminal. The exit code is the command's own.",
    )
    verb.add_argument("--release", type=name, metavar="RELEASE", help="default: the live one")
    verb.add_argument("argv", nargs=argparse.REMAINDER, metavar="COMMAND")


def _manage(arguments: Namespace) -> int:
    """Runs `manage.py ARGV` of the release, as the site's user, at this terminal."""
    argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
    return manage(context("manage"), arguments.release, argv, _attached)


def _attached(command: list[str]) -> int:
    """Ctrl-C and Ctrl-\\ are the command's own affair: this process only waits for it."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        # Not SIG_IGN, which the command would inherit.
        signal.signal(number, lambda *_: None)
    status = subprocess.run(command, check=False).returncode
    return status if status >= 0 else 128 - status

"""Verbs that start and stop backends."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ..operation.by_hand import Which, run_restart_of, run_start, run_stop
from ..operation.keepalive import run_keepalive
from .going import asked, plainly, told, waiting
from .site import operation
from .terminal import follow
from .values import name
from .verbs import Verbs


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    _naming(
        verbs.add(
            "start",
            _start,
            "start what was stopped",
            "Without a name the live release; another one stands by afterwards, for `switch`.",
        )
    )
    stop = verbs.add("stop", _stop, "stop backends, when their last visitors are served")
    _naming(stop)
    stop.add_argument(
        "--force", action="store_true", help="the live one too: the site is down then, until `start`"
    )
    _naming(
        verbs.add(
            "restart",
            _restart,
            "start anew, what was stopped too",
            "The live release is started beside itself and switched to: no request is lost.",
        )
    )
    waiting(
        verbs.add(
            "keepalive",
            _keepalive,
            "start the live release again where it is down",
            "The timer does so each minute. A stop that was asked for and the maintenance page are honoured.",
        )
    )


def _naming(verb: ArgumentParser) -> None:
    verb.add_argument(
        "names",
        nargs="*",
        type=name,
        metavar="NAME",
        help="a release, one of its backends, `web`, or another process",
    )
    verb.add_argument(
        "--all",
        action="store_true",
        help="the live release with all its processes, and the one that is not live",
    )
    verb.add_argument("--inactive", action="store_true", help="the one that is not live")
    waiting(verb)


def _which(arguments: Namespace) -> Which:
    return Which(tuple(arguments.names), arguments.all, arguments.inactive)


def _start(arguments: Namespace) -> int:
    context = operation("start")
    which, how = _which(arguments), asked(arguments, context)
    return told(follow(context, lambda here: run_start(here, which, how)))


def _stop(arguments: Namespace) -> int:
    context = operation("stop")
    which, how = _which(arguments), asked(arguments, context, arguments.force)
    return told(follow(context, lambda here: run_stop(here, which, how)))


def _restart(arguments: Namespace) -> int:
    context = operation("restart")
    which, how = _which(arguments), asked(arguments, context)
    return told(follow(context, lambda here: run_restart_of(here, which, how)))


def _keepalive(arguments: Namespace) -> int:
    how = plainly(arguments)
    return told(follow(operation("keepalive"), lambda here: run_keepalive(here, how)))

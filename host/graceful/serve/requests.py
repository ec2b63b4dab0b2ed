"""What a runner may ask of this site: the operations that it may start, and the questions that change nothing."""

from __future__ import annotations

from typing import Any, Callable

from ..operation.asked import Asked
from ..operation.by_hand import Which, run_restart_of, run_start, run_stop
from ..operation.context import Context
from ..operation.going import run_activate, run_rollback, run_update
from ..operation.keepalive import run_keepalive
from ..operation.maintain import run_clean, run_delete, run_offline, run_online, run_recover
from ..operation.manage import run_manage
from ..report.history import history
from ..report.live import live_build
from ..report.releases import releases
from ..report.status import status
from ..wire import Message

#: An operation to be run in a process of its own; it returns its outcome.
Work = Callable[[Context], dict[str, Any]]


def _rollback(message: Message, asked: Asked) -> Work:
    release = message.optional_text("release")
    return lambda context: run_rollback(context, release, asked)


def _activate(message: Message, asked: Asked) -> Work:
    release = message.text("release")
    return lambda context: run_activate(context, release, asked)


def _update(message: Message, asked: Asked) -> Work:
    release = message.optional_text("release")
    return lambda context: run_update(context, release, asked)


def _keepalive(_: Message, asked: Asked) -> Work:
    return lambda context: run_keepalive(context, asked)


def _start(message: Message, asked: Asked) -> Work:
    which = _which(message)
    return lambda context: run_start(context, which, asked)


def _stop(message: Message, asked: Asked) -> Work:
    which = _which(message)
    return lambda context: run_stop(context, which, asked)


def _restart(message: Message, asked: Asked) -> Work:
    which = _which(message)
    return lambda context: run_restart_of(context, which, asked)


def _which(message: Message) -> Which:
    return Which(tuple(message.strings("names")), message.flag("all"), message.flag("inactive"))


def _delete(message: Message, asked: Asked) -> Work:
    release = message.text("release")
    return lambda context: run_delete(context, release, asked)


def _clean(message: Message, asked: Asked) -> Work:
    keep = None if message.data.get("keep") is None else message.number("keep")
    return lambda context: run_clean(context, keep, asked)


def _recover(_: Message, asked: Asked) -> Work:
    return lambda context: run_recover(context, asked)


def _offline(message: Message, asked: Asked) -> Work:
    until = message.text("until")
    return lambda context: run_offline(context, until, asked)


def _online(_: Message, asked: Asked) -> Work:
    return lambda context: run_online(context, asked)


def _manage(message: Message, _: Asked) -> Work:
    release, argv = message.optional_text("release"), message.strings("argv")
    return lambda context: run_manage(context, release, argv)


#: By the request's type, which is the verb that its session needs.
OPERATIONS: dict[str, Callable[[Message, Asked], Work]] = {
    "rollback": _rollback,
    "activate": _activate,
    "update": _update,
    "restart": _restart,
    "start": _start,
    "stop": _stop,
    "keepalive": _keepalive,
    "delete": _delete,
    "clean": _clean,
    "recover": _recover,
    "offline": _offline,
    "online": _online,
    "manage": _manage,
}

#: By the request's type; a session for any verb may ask.
QUESTIONS: dict[str, Callable[[Message, Context], dict[str, Any]]] = {
    "status": lambda _, context: status(context),
    "live": lambda _, context: {"type": "live", **live_build(context)},
    "releases": lambda _, context: releases(context),
    "history": lambda message, context: history(context, message.number("last")),
}

"""What a runner may ask of this site: the operations that it may start, and the questions that change nothing."""

from __future__ import annotations

from typing import Any, Callable

from ..operation.context import Context
from ..operation.run import run_rollback
from ..release.spec import Times
from ..status import status
from ..wire import Message

#: An operation to be run in a process of its own; it returns its outcome.
Work = Callable[[Context], dict[str, Any]]


def _rollback(message: Message, origin: dict[str, Any], times: Times) -> Work:
    release = message.optional_text("release")
    return lambda context: run_rollback(context, release, origin, times.lock)


#: By the request's type, which is the verb that its session needs. Each has the stage's `times`.
OPERATIONS: dict[str, Callable[[Message, dict[str, Any], Times], Work]] = {
    "rollback": _rollback,
}

#: By the request's type; a session for any verb may ask.
QUESTIONS: dict[str, Callable[[Message, Context], dict[str, Any]]] = {
    "status": lambda _, context: status(context),
}

"""Outcomes and failures as the protocol tells them."""

from __future__ import annotations

from typing import Any

from ..errors import GracefulError, StepFailure
from .channel import Gone, outcome_of
from .context import Context
from .transaction import Transaction

#: Enough for a traceback through a server and a framework, whose head names the place.
LOG_LINES = 200


def again(kind: str) -> str:
    """To do the same once more, in words."""
    return "deploy again" if kind == "deploy" else f"run `{kind}` again"


def failure(kind: str, step: str, error: BaseException, log: list[str] | None = None) -> dict[str, Any]:
    """What a person has to know of a failed step of an operation."""
    answer, next_step = None, f"When the cause is mended, {again(kind)}."
    lines = log or []
    if isinstance(error, StepFailure):
        answer = error.answer.as_dict() if error.answer else None
        next_step = error.next_step or next_step
        lines = error.log or lines
    elif isinstance(error, (GracefulError, Gone)):
        next_step = error.next_step or next_step
    told = {"step": step, "what": str(error), "next": next_step, "answer": answer, "log": lines[-LOG_LINES:]}
    # Whoever asked used it wrongly: that has an exit code of its own.
    return {**told, "unknown": True} if isinstance(error, GracefulError) and error.code == "unknown" else told


def commit_of(context: Context, release: str | None) -> str | None:
    """Commit of a release that the journal knows."""
    known = context.history().releases.get(release) if release else None
    return known.commit if known else None


def outcome(
    transaction: Transaction,
    result: str,
    serves: str | None,
    message: str,
    failed: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """How a transaction ended; `serves` is the release that visitors get now."""
    ahead = transaction.context.history().ahead_of(serves) if serves else []
    if ahead:
        message += f" The database stays as it is, ahead of {serves} by {', '.join(ahead)}."
    return {
        "result": result,
        "release": serves,
        "previous": transaction.old_release,
        "commit": commit_of(transaction.context, serves),
        "message": message,
        "failure": failed,
    }


def plain_outcome(
    context: Context, result: str, serves: str | None, message: str, failed: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The outcome of an operation that changed nothing."""
    try:
        commit = commit_of(context, serves)
    except (GracefulError, OSError):
        # The journal cannot be read: that may be why nothing was done.
        commit = None
    return {
        "result": result,
        "release": serves,
        "previous": serves,
        "commit": commit,
        "message": message,
        "failure": failed,
    }


def ending(context: Context) -> dict[str, Any] | None:
    """How the operation ended, or None. Its tale says all, but has no last word where the disk was full, and goes after a
    day; the journal has the result for ever."""
    end = context.history().ends.get(context.name)
    told = outcome_of(context.folder)
    if told is None and end is not None:
        told = plain_outcome(context, end["result"], end["release"], end["message"])
    return told

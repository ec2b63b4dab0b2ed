"""A process's log, as its manager keeps it, line by line."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ..errors import GracefulError
from .context import Context

#: Lines that are shown where neither a time nor a pattern is given; and the most that are looked through else.
LINES = 200
ALL_LINES = 1_000_000


@dataclass(frozen=True)
class Wanted:
    """Which lines: of which process, since when (epoch seconds), matching what, and whether those to come too."""

    process: str
    since: float | None
    grep: str | None
    follow: bool
    #: The last so many, before they are looked through.
    lines: int


def wanted(process: str, ago: float | None, grep: str | None, follow: bool) -> Wanted:
    """Of the last `ago` seconds. Without a time the last lines; but what is looked for may stand in any line that was kept."""
    if ago is None and grep is None:
        return Wanted(process, None, None, follow, LINES)
    since = 0.0 if ago is None else max(0.0, time.time() - ago)
    return Wanted(process, since, grep, follow, ALL_LINES)


@contextmanager
def reading(context: Context, which: Wanted) -> Iterator[subprocess.Popen[bytes]]:
    """The command that prints the log; it ends with the reader. Raises GracefulError for a process that there is not."""
    # A host's own list names what its units may be; without one, all that ever started are known.
    started = {backend.process for backend in context.history().backends.values()}
    known = sorted({*context.site.processes, *started})
    if which.process not in known:
        raise GracefulError(
            f"site {context.site.name} has no process {which.process!r}",
            f"Processes: {', '.join(known)}.",
            code="unknown",
        )
    command = context.manager.log_command(which.process, which.since, which.lines, which.follow)
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield child
    finally:
        assert child.stdin is not None and child.stdout is not None
        # A reader that runs as root is not ours to kill: the helper ends it with its input.
        child.stdin.close()
        child.stdout.close()
        with suppress(PermissionError):
            child.terminate()
        child.wait()


def matching(grep: str | None) -> re.Pattern[str]:
    """What lines are looked for. Raises GracefulError where that is no regular expression."""
    try:
        return re.compile(grep or "")
    except re.error as error:
        raise GracefulError(
            f"{grep!r} is no regular expression: {error}",
            "Give one as Python's `re` reads it.",
            code="bad-request",
        ) from error

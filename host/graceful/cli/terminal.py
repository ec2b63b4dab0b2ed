"""An operator's operation: in a process of its own, as the runner's are, and followed at the terminal until its outcome.

Ctrl-C (and SIGTERM) ask it to end, as a cancelled job does: it is undone at once, or too late for that. Whoever stops
reading, hangs up or loses the connection lets it go on to its end.
"""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..operation.context import Context
from ..operation.outcome import ending
from ..operation.words import in_words
from ..printing import say
from ..serve.follow import Operations
from ..wire import Message

Work = Callable[[Context], dict[str, Any]]
CANCELS = (signal.SIGINT, signal.SIGTERM)
HANGS_UP = signal.SIGHUP
#: A disk that is full has no room for a channel, and `clean` is what makes some.
FULL = (errno.ENOSPC, errno.EDQUOT)
ENDING = "asked to end: it is undone now, or too far for that; wait until it is told how it ended"


def follow(context: Context, work: Work) -> dict[str, Any] | None:
    """Runs an operation in a process of its own and tells how it goes; returns its outcome, or None where the terminal is
    gone before that. Raises GracefulError where the site's journal cannot be read."""
    context.history()
    with _heeding() as woken:
        operations = Operations(context, Terminal(woken, context.name))
        try:
            operations.start(work, lease=None)
        except OSError as error:
            if error.errno not in FULL:
                raise
            # Here then, and no signal ends it half-way.
            return work(context)
        operations.follow(0)
    return ending(context)


class Terminal:
    """What the runner's stream is to an operation, for a person: events become words, signals messages."""

    def __init__(self, woken: int, name: str) -> None:
        self._woken = woken
        self._name = name
        self._cancelled = False

    def send(self, message: dict[str, Any]) -> None:
        return

    def send_raw(self, line: bytes) -> None:
        event = json.loads(line)
        words = in_words(event["kind"], event)
        if words is not None:
            say(words)

    def next_or(self, other: int) -> tuple[list[Message], bool, bool]:
        ready, _, _ = select.select([self._woken, other], [], [])
        came = os.read(self._woken, 64) if self._woken in ready else b""
        messages = []
        if any(number in came for number in CANCELS) and not self._cancelled:
            self._cancelled = True
            say(f"{self._name} {ENDING}", sys.stderr)
            why = {"type": "cancel", "reason": "somebody at the terminal ended it"}
            messages.append(Message(why, "terminal"))
        return messages, other in ready, HANGS_UP in came


@contextmanager
def _heeding() -> Iterator[int]:
    """Meanwhile signals end nothing; their numbers come as bytes on the descriptor. What the caller ignores (`nohup`) stays
    ignored."""
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    before = {number: signal.getsignal(number) for number in (*CANCELS, HANGS_UP)}
    waked = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    try:
        yield reads
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(waked)
        for handle in (reads, writes):
            with suppress(OSError):
                os.close(handle)

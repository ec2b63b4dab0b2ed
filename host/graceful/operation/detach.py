"""Running an operation in a process of its own, which outlives the SSH session that asked for it."""

from __future__ import annotations

import os
import signal
import stat
import traceback
from collections.abc import Callable
from contextlib import suppress

from .channel import Channel


def detach(channel: Channel, work: Callable[[], None]) -> None:
    """Runs `work` in a detached process: own session, no terminal, no pipes of the caller's. Returns at once."""
    child = os.fork()
    if child > 0:
        channel.listener.close()
        os.waitpid(child, 0)
        return
    # From here on nothing may return into the caller's stack.
    try:
        os.setsid()
        if os.fork() > 0:
            os._exit(0)
        # A caller that heeds its terminal's signals has its own ways with them.
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        _let_go(nothing, channel.listener.fileno())
        os.chdir("/")
        work()
        os._exit(0)
    except BaseException:
        try:
            (channel.folder / "crash").write_text(traceback.format_exc())
        finally:
            os._exit(70)


def _let_go(nothing: int, keep: int) -> None:
    """Lets go of every other pipe and socket of the caller's, copies of its streams too: whoever waits for their end is
    not to wait for the operation's. Their numbers stay taken, since objects of the caller's still hold them."""
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        with suppress(OSError):
            mode = os.fstat(number).st_mode
            if number != keep and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
                os.dup2(nothing, number, inheritable=False)

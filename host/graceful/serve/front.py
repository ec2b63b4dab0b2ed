"""`graceful serve`: one session of the runner with this site."""

from __future__ import annotations

import traceback
from pathlib import Path

from ..errors import GracefulError, explain
from ..wire import Message
from .greeting import Greeting
from .stream import Stream, quiet_stdout

UNUSABLE = 69


def main(hello_line: bytes | None = None, plan_only: bool = False) -> int:
    """Serves one session on standard input and output; returns its exit code. The bootstrap, where it ran, has read the
    `hello_line` already. `plan_only`: whoever asks may plan deploys, and learns nothing else."""
    stream = quiet_stdout()
    root = Path("/")
    try:
        hello = Message.parse(hello_line, "hello") if hello_line else stream.next()
        if hello is not None:
            root = Path(hello.text("root"))
            _serve(stream, Greeting(hello, plan_only))
    except GracefulError as error:
        return _fail(stream, error)
    except ConnectionError:
        # The runner is gone; what matters lives in a process of its own.
        return 0
    except OSError as error:
        return _fail(stream, GracefulError(*explain(error, root), code="host"))
    except Exception as error:
        # Told as an error of ours: a program that just ends looks like a lost connection.
        traceback.print_exc()
        return _fail(
            stream, GracefulError(f"{type(error).__name__}: {error}", "Please report this.", code="internal")
        )
    return 0


def _serve(stream: Stream, greeting: Greeting) -> None:
    stream.send(greeting.answer())
    # Loaded while the welcome travels: the runner waits for that, and loading the rest takes as long as all before.
    from .session import Session

    Session(stream, greeting).serve()


def _fail(stream: Stream, error: GracefulError) -> int:
    stream.send(error.answer())
    return UNUSABLE

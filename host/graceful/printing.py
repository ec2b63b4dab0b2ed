"""Words for whoever called the program. Nobody who stops reading, and no full disk behind the output, ends what is under way."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from typing import TextIO

#: What a terminal would obey instead of showing it: control characters, but not the end of a line and the tabulator.
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: The same where only one line is told.
OBEYED_IN_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def shown(text: str) -> str:
    """Text of several lines that somebody else wrote, with what a terminal would obey made visible (`\\x1b`)."""
    return OBEYED.sub(_escape, text)


def shown_in_line(text: str) -> str:
    """The same on one line."""
    return OBEYED_IN_LINE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def say(text: str, to: TextIO | None = None) -> bool:
    """Prints a text, on standard output unless told otherwise; False where nobody can read it any more."""
    stream = sys.stdout if to is None else to
    try:
        print(shown(text), file=stream, flush=True)
        return True
    except (OSError, ValueError):
        give_up(stream)
        return False


def give_up(stream: TextIO) -> None:
    """Nothing more is written there: what stays in its buffer would be tried again when the program ends, and fail with an
    exit code of Python's own."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)

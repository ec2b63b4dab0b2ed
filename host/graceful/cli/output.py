"""What was asked for, on standard output: a reader who has had enough, or a full disk, ends it with an exit code of ours."""

from __future__ import annotations

import sys

from ..printing import give_up
from .codes import UNUSABLE_HOST
from .site import called


def put(text: str, end: str = "\n") -> int | None:
    """Prints it at once; returns None, or the exit code to end with where it cannot be written."""
    try:
        print(text, end=end, flush=True)
        return None
    except BrokenPipeError:
        code = 0
    except OSError as error:
        print(f"{called()}: standard output cannot be written: {error.strerror}", file=sys.stderr)
        code = UNUSABLE_HOST
    give_up(sys.stdout)
    return code

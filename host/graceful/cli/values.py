"""Values of arguments, checked while they are read."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError


def name(text: str) -> str:
    """The name of a release, a backend, a process or an operation. An empty one is a variable of the shell that nobody has set,
    and is not taken for one that was left out."""
    if not text.strip():
        raise ArgumentTypeError("this name is empty: give one, or leave it out where `--help` says so")
    return text


def whole(text: str) -> int:
    """A whole number from 1 to 999,999."""
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 to 999999")
    return int(text)

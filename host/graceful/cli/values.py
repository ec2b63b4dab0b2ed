"""Values of arguments, checked while they are read."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError


def whole(text: str) -> int:
    """A whole number from 1 on."""
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)

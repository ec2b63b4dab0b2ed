"""Durations as `graceful.yml` writes them."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(text: str) -> float:
    """Seconds of `500ms`, `30s`, `5m`, `1h`, `7d`. Raises ArgumentTypeError."""
    found = re.fullmatch(r"(\d+)(ms|s|m|h|d)", text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no duration: a whole number and a unit, such as 30s or 5m")
    return int(found[1]) * UNITS[found[2]]

"""Exit codes: the runner's too, whatever the verb."""

from __future__ import annotations

from typing import Any

#: By the result of an operation.
CODES = {
    "live": 0,
    "unchanged": 0,
    "done": 0,
    "failed": 1,
    "fell-back": 2,
    "superseded": 3,
    "not-reverted": 4,
}
BAD_INPUT = 64
UNUSABLE_HOST = 69
INTERNAL = 70
#: Ended by Ctrl-C before anything began; hung up, while the operation goes on: as shells count them.
INTERRUPTED, HUNG_UP = 130, 129


def code_of(outcome: dict[str, Any]) -> int:
    """Of an operation that ended like that: a name that nothing here has is wrong use, wherever it was found out."""
    failure = outcome["failure"]
    return BAD_INPUT if failure and failure.get("unknown") else CODES[outcome["result"]]

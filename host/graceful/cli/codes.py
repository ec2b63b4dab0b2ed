"""Exit codes: the runner's too, whatever the verb."""

from __future__ import annotations

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

"""Every kind of record that a journal can hold, in one place.

The type checker refuses a record that is not named here, and the fault suite derives its cases from this list: a new kind
has a case for it in `faults/`, or the tests fail.
"""

from __future__ import annotations

from typing import Literal

Record = Literal[
    # An operation under the lock; whatever has begun and not ended is recovered.
    "begin",
    "end",
    # The steps of the transaction.
    "stage",
    "prepare",
    "migrate",
    "migrated",
    "start",
    "check",
    "switch",
    "confirm",
    # Its way back, and what becomes of releases.
    "fall-back",
    "mark",
    "settle",
    # What becomes of backends.
    "active",
    "standby",
    "drain",
    "stop",
    "stopped",
]

"""Who asks for an operation, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Asked:
    """`lock`: longest that it waits for another operation (seconds). Without a ticket nobody can have asked later."""

    origin: dict[str, Any]
    lock: float
    ticket: int | None = None
    #: Over a newer one.
    force: bool = False
    #: A deploy that has not reached SWITCH gives way.
    preempt: bool = False
    #: To a release that does not know migrations which the database has.
    database_ahead: bool = False
    #: Of several hosts at once: each waits for the others (see fleet).
    fleet: bool = False
    #: The word that it was asked by, where that is not the journal's.
    called: str | None = None

"""One operation about a release under way: what its steps know of each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..check.health import Watch
from ..release.spec import Spec
from .context import Context


@dataclass
class Transaction:
    """One deploy, stage, rollback, activate, update, restart or keepalive under way."""

    context: Context
    kind: str
    spec: Spec
    origin: dict[str, Any]
    #: What serves when it begins.
    old_release: str | None
    old_backend: str | None
    env: dict[str, str] = field(default_factory=dict)
    #: Names of the variables in `env` whose values are not to be told.
    secrets: list[str] = field(default_factory=list)
    ticket: int | None = None
    #: True where it waits for the other hosts of a fleet (see fleet).
    fleet: bool = False
    #: True where it goes to an older release: the one that it leaves is marked, and no default target any more.
    goes_back: bool = False
    #: True where a backend that runs already is not good enough.
    fresh: bool = False
    #: True where the old backend ends before the new one starts (`strategy: restart`).
    alone: bool = False
    #: True where a `current` that is not ours gives way.
    adopt: bool = False
    new_backend: str | None = None
    #: True where `new_backend` was started by this transaction, not found in standby.
    started: bool = False
    #: True where the web server was asked for the candidate before the switch.
    rehearsed: bool = False
    switched: bool = False
    confirmed: bool = False
    watch: Watch | None = None

    @property
    def restarts(self) -> bool:
        """True where a release takes its own place: the rename of its `sock` is SWITCH then, and no link changes."""
        return self.spec.id == self.old_release

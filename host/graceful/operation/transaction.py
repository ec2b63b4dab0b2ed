"""One deploy or rollback under way: what its steps know of each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..check.health import Watch
from ..release.spec import Spec
from .context import Context


@dataclass
class Transaction:
    """One deploy or rollback under way."""

    context: Context
    kind: str
    spec: Spec
    origin: dict[str, Any]
    #: What serves when it begins.
    old_release: str | None
    old_backend: str | None
    env: dict[str, str] = field(default_factory=dict)
    ticket: int | None = None
    new_backend: str | None = None
    #: True where `new_backend` was started by this transaction, not found in standby.
    started: bool = False
    #: True where the web server was asked for the candidate before the switch.
    rehearsed: bool = False
    switched: bool = False
    confirmed: bool = False
    watch: Watch | None = None

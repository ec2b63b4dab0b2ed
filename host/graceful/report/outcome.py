"""What became of an operation, for whoever has lost its runner. Nothing is changed by asking, and nobody can attach by a name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from ..errors import GracefulError
from ..journal.journal import read_journal
from ..journal.operations import operations
from ..operation.channel import alive
from ..operation.context import Context
from ..operation.outcome import ending

#: Whoever acts unasked: the last operation is the last that somebody asked for.
UNASKED = ("timer", "keepalive")


def outcome(context: Context, name: str | None) -> dict[str, Any]:
    """The `outcome` message of the protocol about an operation that is named, or about the last one. Raises GracefulError."""
    if name is not None and not re.fullmatch(r"[0-9a-z-]{1,64}", name):
        raise GracefulError(f"{name!r} is no operation's name", "`history` lists them.", code="unknown")
    if name is None:
        done = operations(read_journal(context.paths.journal))
        name = next((one["op"] for one in done[::-1] if one["origin"].get("actor") not in UNASKED), None)
    state, told = ("unknown", None) if name is None else _became(context, name)
    return {"type": "outcome", "operation": name, "state": state, "outcome": told}


def _became(context: Context, name: str) -> tuple[str, dict[str, Any] | None]:
    own = replace(context, name=name)
    told = ending(own)
    if told is not None:
        return "ended", told
    # One whose process died is ended by the recovery, within a minute.
    unfinished = context.history().unfinished
    running = (unfinished is not None and unfinished.op == name) or alive(own.folder)
    return "running" if running else "unknown", None

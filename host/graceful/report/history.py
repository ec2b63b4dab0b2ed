"""What was done with a site, by whom, and how it ended."""

from __future__ import annotations

from typing import Any

from ..journal.journal import read_journal
from ..journal.operations import operations
from ..operation.context import Context


def history(context: Context, last: int) -> dict[str, Any]:
    """The `history` message of the protocol: the last operations, newest first."""
    done = operations(read_journal(context.paths.journal))
    return {
        "type": "history",
        "site": context.site.name,
        "operations": done[::-1][:last],
    }

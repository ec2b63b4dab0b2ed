"""The transaction: one list of steps, shared by deploy and rollback, and what happens when one of them fails.

    stage -> prepare -> start -> check -> SWITCH -> verify -> confirm

A deploy starts at `stage`, a rollback at `start`. Before SWITCH a failure is abandoned (the site never noticed), after it
the site falls back, after a durable confirm it stays.
"""

from __future__ import annotations

import subprocess
from typing import Any, Callable

from ..errors import GracefulError, StepFailure
from . import steps
from .channel import Gone
from .outcome import outcome
from .prepare import prepare
from .transaction import Transaction
from .undo import abandon, fall_back

Step = Callable[[Transaction, list[str]], None]

STEPS: dict[str, Step] = {
    "stage": steps.stage,
    "prepare": prepare,
    "start": steps.start,
    "check": steps.check,
    "switch": steps.switch,
    "verify": steps.verify,
    "confirm": steps.confirm,
}


def transact(transaction: Transaction, first: str) -> dict[str, Any]:
    """Runs the steps from `first` on, under the lock, and returns the outcome. The journal's `begin` is written already."""
    context = transaction.context
    names = list(STEPS)
    name = first
    try:
        for name in names[names.index(first) :]:
            context.tell.guard()
            with context.step(name) as detail:
                STEPS[name](transaction, detail)
    except (StepFailure, Gone, GracefulError, OSError, subprocess.SubprocessError) as error:
        if transaction.confirmed:
            # Never back from here: the next command that changes something finishes the confirm from the journal.
            raise
        undo = fall_back if transaction.switched else abandon
        return undo(transaction, name, error)
    return outcome(transaction, "live", transaction.spec.id, f"{transaction.spec.id} is live.")

"""One host of several: before what all of them take together it holds, until the runner says that the others are as far.

A hold is nothing but waiting: under the runner's lease, with a cancel heard at once and the new backend looked at. So it has no
record of its own: whoever dies in it is recovered like one that died at the end of the step before.
"""

from __future__ import annotations

from typing import Any

from .transaction import Transaction

#: Steps before which every host of a fleet holds. Where there are migrations it holds before them, too.
TOGETHER = ("start", "switch", "confirm")
#: While it holds the new backend is looked at this often (seconds).
WATCH = 0.5


def hold(transaction: Transaction, step: str) -> dict[str, Any]:
    """Waits for the runner's word to go on with a step, and returns it. Raises Gone where the operation is to end, and
    StepFailure where the new backend does."""
    tell = transaction.context.tell
    tell.emit("holding", step=step)
    while True:
        word = tell.going(step, WATCH)
        if word is not None:
            return word
        if transaction.watch is not None:
            transaction.watch.look()

"""The transaction: one list of steps, and what happens when one of them fails.

    stage -> prepare -> start -> check -> SWITCH -> verify -> confirm

Operations share it and differ in where they start and end: a deploy takes all, a stage ends before `start`, whatever is about
a release that is there already begins with `start`. Before SWITCH a failure is abandoned (the site never noticed), after it
the site falls back, after a durable confirm it stays.
"""

from __future__ import annotations

import subprocess
from typing import Any, Callable

from ..errors import GracefulError, StepFailure
from . import steps
from .channel import Gone
from .downtime import Downtime
from .fleet import TOGETHER, hold
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
FROM_START = ("start", "check", "switch", "verify", "confirm")
#: By kind of operation. `keepalive` judges by liveness, so it has nothing to verify.
PLANS: dict[str, tuple[str, ...]] = {
    "deploy": tuple(STEPS),
    "stage": ("stage", "prepare"),
    "keepalive": ("start", "check", "switch", "confirm"),
}


def transact(transaction: Transaction) -> dict[str, Any]:
    """Runs the steps of its kind, under the lock, and returns the outcome. The journal's `begin` is written already."""
    context = transaction.context
    downtime = Downtime(transaction)
    name = ""
    try:
        for name in PLANS.get(transaction.kind, FROM_START):
            context.tell.guard()
            if transaction.fleet and name in TOGETHER:
                hold(transaction, name)
            downtime.before(name)
            with context.step(name) as detail:
                STEPS[name](transaction, detail)
    except (StepFailure, Gone, GracefulError, OSError, subprocess.SubprocessError) as error:
        if transaction.confirmed:
            # Never back from here: the next command that changes something finishes the confirm from the journal.
            raise
        undo = fall_back if transaction.switched else abandon
        return undo(transaction, name, error)
    finally:
        downtime.end()
    return _good(transaction)


def _good(transaction: Transaction) -> dict[str, Any]:
    release, old = transaction.spec.id, transaction.old_release
    if transaction.kind == "stage":
        serves = f"{old} serves on." if old else "Nothing serves yet."
        message = f"{release} is staged: `activate {release}` puts it live. {serves}"
        return outcome(transaction, "done", old, message)
    if transaction.restarts:
        return outcome(
            transaction, "live", release, f"{release} was restarted: {transaction.new_backend} serves."
        )
    return outcome(transaction, "live", release, f"{release} is live.")

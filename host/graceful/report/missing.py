"""What a site lacks though nothing of it is down: processes beside web that do not run, files that cannot be written."""

from __future__ import annotations

import os
from contextlib import suppress

from ..errors import GracefulError, owner_of
from ..operation.context import Context
from ..operation.levelling import wanted
from ..site.links import foreign_current, linked_release


def lacks(context: Context) -> list[str]:
    """All of it, in words."""
    found = unwritable(context)
    # A live release without its description is told of elsewhere.
    with suppress(GracefulError):
        found += [f"{name}: {why}" for name, why in missing(context).items()]
    return found


def missing(context: Context) -> dict[str, str]:
    """Processes beside web that the live release has and that do not run, each with why."""
    live = None if foreign_current(context.paths) else linked_release(context.paths, "current")
    history = context.history()
    running = {one.process for one in history.others() if one.release == live and one.role != "stopping"}
    found = {}
    for name in sorted(wanted(context, live).keys() - running):
        last = [one for one in history.backends.values() if one.process == name and one.release == live][-1:]
        if name in history.resting:
            found[name] = "stopped by hand, until `start`"
        elif last and last[0].failed:
            found[name] = f"it did not stay up, last tried at {last[0].at}; the timer tries again"
        else:
            found[name] = "it does not run; the timer starts it"
    return found


def unwritable(context: Context) -> list[str]:
    """What whoever asks could not write: nothing can be changed then, and nothing recovered."""
    paths = context.paths
    asked = (paths.root, paths.journal, paths.lock, paths.operations)
    return [
        f"{path} belongs to {owner_of(str(path))} and cannot be written: nothing can be changed or recovered"
        for path in asked
        if path.exists() and not os.access(path, os.W_OK)
    ]

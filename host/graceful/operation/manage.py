"""A management command of a release, as the site's user. It changes nothing that Graceful owns, so it takes no lock: no deploy
waits for a command that runs for hours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import GracefulError
from ..process.command import run_command
from ..release.use import in_use
from ..site.links import linked_release
from .context import Context
from .outcome import failure, plain_outcome


def manage(context: Context, release: str | None, argv: list[str], run: Callable[[list[str]], int]) -> int:
    """Runs the whole command by `run`, in the live release where none is named; no clean-up takes the release away meanwhile.
    Returns its exit status. Raises GracefulError where there is no such release."""
    named = linked_release(context.paths, "current") if release is None else release
    if named is None:
        raise GracefulError("nothing is live yet", "Deploy first, or name a release.", code="bad-request")
    place = context.paths.release(named)
    if not place.manifest.is_file():
        raise GracefulError(
            f"release {named} is not on this host", "`releases` lists those that are.", code="unknown"
        )
    with in_use(place.folder):
        return run([*context.manager.manage(named), *argv])


def run_manage(context: Context, release: str | None, argv: list[str]) -> dict[str, Any]:
    """Runs it without input, telling every line; returns the outcome."""
    serves = linked_release(context.paths, "current")

    def output(text: str) -> None:
        context.tell.emit("log", source="manage", lines=[text])

    try:
        status = manage(context, release, argv, lambda command: run_command(command, output))
    except GracefulError as error:
        told = f"{error.message}. {error.next_step}"
        return plain_outcome(context, "failed", serves, told, failure("manage", "lock", error))
    # The arguments are not told again: they may hold what only the command is to know.
    message = f"manage {argv[0] if argv else ''} ended with exit status {status}."
    return plain_outcome(context, "failed" if status else "done", serves, message)

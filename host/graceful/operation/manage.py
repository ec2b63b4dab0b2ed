"""A management command of a release, as the site's user. It changes nothing that Graceful owns, so it takes no lock: no deploy
waits for a command that runs for hours."""

from __future__ import annotations

from typing import Any

from ..errors import GracefulError
from ..process.command import run_command
from ..site.links import linked_release
from .context import Context
from .outcome import plain_outcome


def manage_command(context: Context, release: str | None, argv: list[str]) -> list[str]:
    """The whole command, in the live release where none is named. Raises GracefulError where there is no such release."""
    named = release or linked_release(context.paths, "current")
    if named is None:
        raise GracefulError("nothing is live yet", "Deploy first, or name a release.", code="bad-request")
    if not context.paths.release(named).manifest.is_file():
        raise GracefulError(
            f"release {named} is not on this host", "`releases` lists those that are.", code="bad-request"
        )
    return [*context.manager.manage(named), *argv]


def run_manage(context: Context, release: str | None, argv: list[str]) -> dict[str, Any]:
    """Runs it without input, telling every line; returns the outcome."""
    serves = linked_release(context.paths, "current")
    try:
        command = manage_command(context, release, argv)
    except GracefulError as error:
        return plain_outcome(context, "failed", serves, f"{error.message}. {error.next_step}")

    def output(text: str) -> None:
        context.tell.emit("log", source="manage", lines=[text])

    status = run_command(command, output)
    # The arguments are not told again: they may hold what only the command is to know.
    message = f"manage {argv[0] if argv else ''} ended with exit status {status}."
    return plain_outcome(context, "failed" if status else "done", serves, message)

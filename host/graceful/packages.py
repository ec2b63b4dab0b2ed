"""Debian packages that a site's code needs on this host: which are missing, and their installation, where root allows it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Any

from .errors import GracefulError
from .operation.context import Context
from .process.systemd_faults import UNIT_HELPER
from .wire import Message

#: What apt may take besides waiting for another one (seconds): a slow mirror, large packages.
PATIENCE = 900.0
SHOWN_LINES = 20


def packages(message: Message, context: Context) -> dict[str, Any]:
    """The `packages` message: those of the named ones that are missing, after they were installed if that is asked for."""
    names = message.strings("names")
    missing = missing_packages(names)
    if missing and message.flag("install"):
        _install(context, missing, message.number("waitMs") // 1000)
        missing = missing_packages(names)
    return {"type": "packages", "missing": missing}


def missing_packages(names: Sequence[str]) -> list[str]:
    """Those that are neither installed nor provided by one that is. Raises GracefulError where there is no dpkg."""
    shape = "${db:Status-Status}\t${Package}\t${Provides}\n"
    try:
        told = subprocess.run(
            ["dpkg-query", "--show", f"--showformat={shape}"], capture_output=True, check=True, timeout=60
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError) as error:
        raise GracefulError(
            f"which Debian packages this host has cannot be asked: {error}",
            "Only Debian and its relatives have them: leave out venv-debian-requirements.txt and src-debian-requirements.txt.",
            code="host",
        ) from error
    return missing_of(names, told)


def missing_of(names: Sequence[str], told: str) -> list[str]:
    """The names that no installed package has or provides, out of the words of dpkg-query."""
    present = set()
    for line in told.splitlines():
        status, name, provides = [*line.split("\t"), "", ""][:3]
        if status == "installed":
            present |= {name, *(each.split("(")[0].strip() for each in provides.split(","))}
    return [name for name in names if name not in present]


def _install(context: Context, names: Sequence[str], wait: int) -> None:
    site = context.site
    by_hand = f"As root: apt-get install --yes --no-install-recommends {' '.join(names)}"
    if site.mode != "separate-users":
        raise GracefulError(
            f"Debian packages are missing, and user {site.deploy_user} has no way to install them: {', '.join(names)}",
            by_hand,
        )
    argv = ["sudo", "-n", UNIT_HELPER, site.name, "install", str(wait), *names]
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=wait + PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GracefulError(f"installing Debian packages: {error}", by_hand, code="host") from error
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
        told = "\n".join(lines[-SHOWN_LINES:])
        raise GracefulError(
            f"Debian packages could not be installed ({', '.join(names)}):\n{told}", by_hand, code="host"
        )

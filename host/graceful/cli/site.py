"""The site that a command is about, and who gives it."""

from __future__ import annotations

import os
import pwd
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import GracefulError
from ..operation.context import Context
from ..site.settings import site_of_root

#: Where docs/host-setup.md puts a site's own command.
COMMANDS = Path("/usr/local/bin")


def root() -> Path:
    """The root of the site whose `bin/` this program was called from, or the one above the working folder."""
    for start in (Path(sys.argv[0]).absolute().parent.parent, *Path.cwd().parents, Path.cwd()):
        if (start / "bin" / "graceful").exists():
            return start
    raise GracefulError("this is no site's folder", "Call <root>/bin/graceful.", code="bad-request")


def called() -> str:
    """What people here call this program: the site's own command, where root has set one up."""
    with suppress(GracefulError, OSError):
        site = site_of_root(root()).name
        if os.access(COMMANDS / site, os.X_OK):
            return site
    return "graceful"


def context(name: str) -> Context:
    """The site, for a command that changes nothing, or for the operation of this name."""
    return Context.of(site_of_root(root()), name)


def operation(kind: str) -> Context:
    """The site, for a new operation of an operator or the timer."""
    return context(f"{kind}-{secrets.token_hex(4)}")


def origin(reason: str = "") -> dict[str, Any]:
    """Who calls, for the journal and for whoever waits for the lock."""
    who = os.environ.get("SUDO_USER") or pwd.getpwuid(os.geteuid()).pw_name
    return {"actor": who, "reason": reason}

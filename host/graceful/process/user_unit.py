"""A backend as a transient unit of a user's systemd: how it is started, and how it is found again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..site.paths import RELEASE_ID

#: systemd kills a server that takes so much longer to end than it was told to (seconds).
MARGIN = 10


def start_command(
    unit: str,
    description: str,
    argv: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    patience: float,
) -> list[str]:
    """The command that starts a backend, and returns when it is exec'd; `patience`: seconds that it may take to end."""
    properties = {
        "Type": "exec",
        "WorkingDirectory": "/",
        # The web server has to be able to write to the socket, as a member of the group.
        "UMask": "0007",
        "StandardOutput": f"append:{log}",
        "StandardError": f"append:{log}",
        "Restart": "always",
        "RestartSec": 1,
        # One that cannot live ends as `failed` instead of being restarted for ever.
        "StartLimitIntervalSec": 60,
        "StartLimitBurst": 5,
        # First its first process alone is asked to end, with time for its last work.
        "KillMode": "mixed",
        "TimeoutStopSec": int(patience) + MARGIN,
        "NoNewPrivileges": "yes",
    }
    return [
        *("systemd-run", "--user", "--quiet", f"--unit={unit}", f"--description={description}"),
        *(f"--property={name}={told}" for name, told in properties.items()),
        *(f"--setenv={name}={told}" for name, told in environment.items()),
        "--",
        *argv,
    ]


def listed(site: str, text: str) -> Iterator[tuple[str, str, str]]:
    """Unit, backend and ActiveState of each unit of the site's, from the text of `systemctl list-units --plain`."""
    pattern = re.compile(rf"{re.escape(site)}-[a-z0-9]+@({RELEASE_ID.pattern}\.\d+)\.service")
    for line in text.splitlines():
        unit, _, active, *_ = [*line.split(), "", "", ""]
        match = pattern.fullmatch(unit)
        if match:
            yield unit, match[1], active

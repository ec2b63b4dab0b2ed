"""Who starts a site without root after a boot: a line in its user's crontab, which is looked for and never written."""

from __future__ import annotations

import subprocess

#: Longest that it may take to read a crontab (seconds).
PATIENCE = 10.0


def crontab_notices(command: str) -> list[str]:
    """What is to be told where no line of the user's crontab runs `command`."""
    try:
        done = subprocess.run(
            ["crontab", "-l"], capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = f"crontab cannot be asked ({error})"
        return [f"{why}: unless something else runs `{command}`, nothing starts the site after a boot"]
    if runs(done.stdout.decode("utf-8", "replace"), command):
        return []
    return [
        f"no line of this user's crontab runs `{command}`: nothing starts the site after a boot;"
        " add the two lines of docs/supervisord.md"
    ]


def runs(crontab: str, command: str) -> bool:
    """True where a line that is no comment runs the command."""
    return any(command in line for line in crontab.splitlines() if not line.lstrip().startswith("#"))

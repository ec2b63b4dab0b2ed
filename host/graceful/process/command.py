"""Running a command whose output is told line by line."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence


def run_command(command: Sequence[str], output: Callable[[str], None]) -> int:
    """Runs a command without input; every line that it prints goes to `output`. Returns the exit status."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            output(line.rstrip("\n"))
    return child.returncode

"""Backends as units `<site>-<process>@<id>.<n>.service` of a systemd, and what it tells of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..site.settings import Site
from .manager import State

PROPERTIES = "ActiveState,SubState,MainPID,NRestarts,InvocationID,ControlGroup,Result,ExecMainStatus"
#: Longest that systemd may take to start or stop answering; it is a broken host beyond.
PATIENCE = 30.0


class Units:
    """A systemd and its units: the system's, or a user's own."""

    #: Options of `systemctl` that say whose systemd is meant.
    scope: Sequence[str] = ()

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def _environment(self) -> dict[str, str]:
        """For programs that ask systemd; what they say is understood in English."""
        return {**os.environ, "LC_ALL": "C.UTF-8"}

    def _run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        """A command that has ended, well or not. Raises OSError and subprocess.TimeoutExpired."""
        return subprocess.run(
            command, capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL, env=self._environment
        )

    def _unit(self, process: str, backend: str) -> str:
        return f"{self._site.name}-{process}@{backend}.service"

    def _systemctl(self, *argv: str) -> str:
        """What it prints; nothing where it fails."""
        done = self._run("systemctl", *self.scope, *argv)
        return done.stdout.decode("utf-8", "replace")

    def _show(self, unit: str, properties: str) -> dict[str, str]:
        lines = self._systemctl("show", "--no-pager", f"--property={properties}", "--", unit).splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def state(self, process: str, backend: str) -> State:
        told = self._show(self._unit(process, backend), PROPERTIES)
        active, sub = told.get("ActiveState", "unknown"), told.get("SubState", "")
        return State(
            up=active in ("active", "reloading", "activating") and sub != "auto-restart",
            failed=active == "failed",
            restarting=sub == "auto-restart",
            pid=int(told.get("MainPID") or 0),
            incarnation=f"{told.get('InvocationID', '')}/{told.get('NRestarts', '')}/{told.get('MainPID', '')}",
            cgroup=told.get("ControlGroup", ""),
            ended=active in ("inactive", "failed"),
            detail=f"{active} ({sub}), result {told.get('Result', '?')}, exit status {told.get('ExecMainStatus', '?')}",
        )

    def owns(self, state: State, pid: int) -> bool:
        try:
            lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
        except OSError:
            return False
        groups = [line.split(":", 2)[2] for line in lines]
        return any(
            group == state.cgroup or group.startswith(f"{state.cgroup}/") for group in groups if state.cgroup
        )

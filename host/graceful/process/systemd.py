"""systemd system units: changed through the root-owned helper `graceful-unit`, read with unprivileged `systemctl show`."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Collection
from pathlib import Path

from ..errors import StepFailure
from ..site.settings import Site
from ..version import HELPER
from .manager import State

UNIT_HELPER = "/usr/local/sbin/graceful-unit"
PROPERTIES = "ActiveState,SubState,MainPID,NRestarts,InvocationID,ControlGroup,Result,ExecMainStatus"
SUDO_MEND = "Install examples/host/graceful-unit as /usr/local/sbin/graceful-unit and its one sudo line (docs/host-setup.md)."
#: Longest that systemd may take to start or stop answering; it is a broken host beyond.
PATIENCE = 30.0
#: systemd.time(7); a month is 30.44 days there, a year 365.25.
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
UNITS.update({"w": 604800.0, "month": 2629800.0, "y": 31557600.0})


def seconds(text: str) -> float:
    """systemd's way of writing a duration (`1min 30s`) in seconds; infinite where it says so or is not understood."""
    parts = re.findall(r"([\d.]+)(us|ms|month|min|s|h|d|w|y)", text)
    return sum(float(number) * UNITS[unit] for number, unit in parts) if parts else float("inf")


class Systemd:
    """Backends as instances `<site>-<process>@<id>.<n>.service`."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def _unit(self, process: str, backend: str) -> str:
        return f"{self._site.name}-{process}@{backend}.service"

    def _helper(self, *argv: str) -> str:
        command = ["sudo", "-n", UNIT_HELPER, *argv]
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StepFailure(f"graceful-unit {' '.join(argv)}: {error}", SUDO_MEND) from error
        if done.returncode != 0:
            told = done.stderr.decode("utf-8", "replace").strip() or f"exit status {done.returncode}"
            raise StepFailure(f"graceful-unit {' '.join(argv)}: {told}", SUDO_MEND)
        return done.stdout.decode("utf-8", "replace")

    def start(self, process: str, backend: str) -> None:
        try:
            self._helper(self._site.name, "start", process, backend)
        except StepFailure as failure:
            raise StepFailure(failure.what, failure.next_step, log=self.logs(process, backend)) from failure

    def stop(self, process: str, backend: str) -> None:
        self._helper(self._site.name, "stop", process, backend)

    def kill(self, process: str, backend: str) -> None:
        self._helper(self._site.name, "kill", process, backend)

    def logs(self, process: str, backend: str) -> list[str]:
        try:
            return self._helper(self._site.name, "logs", process, backend).splitlines()
        except StepFailure as failure:
            return [f"(the log cannot be read: {failure.what})"]

    def _show(self, process: str, backend: str, properties: str) -> dict[str, str]:
        command = [
            "systemctl",
            "show",
            "--no-pager",
            f"--property={properties}",
            "--",
            self._unit(process, backend),
        ]
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        lines = done.stdout.decode("utf-8", "replace").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def state(self, process: str, backend: str) -> State:
        told = self._show(process, backend, PROPERTIES)
        active, sub = told.get("ActiveState", "unknown"), told.get("SubState", "")
        return State(
            up=active in ("active", "reloading", "activating") and sub != "auto-restart",
            failed=active == "failed",
            restarting=sub == "auto-restart",
            pid=int(told.get("MainPID") or 0),
            incarnation=f"{told.get('InvocationID', '')}/{told.get('NRestarts', '')}/{told.get('MainPID', '')}",
            cgroup=told.get("ControlGroup", ""),
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

    def manage(self, release: str) -> list[str]:
        return ["sudo", "-n", UNIT_HELPER, self._site.name, "run", release, "--"]

    def sweep(self, wanted: Collection[str]) -> None:
        """Nothing to do: systemd forgets a unit that has ended, and removes its folder."""

    def describe(self) -> dict[str, str]:
        done = subprocess.run(["systemctl", "--version"], capture_output=True, timeout=PATIENCE)
        words = done.stdout.decode("utf-8", "replace").split()
        return {"name": "systemd", "version": words[1] if len(words) > 1 else "unknown"}

    def faults(self, grace: float) -> list[dict[str, str]]:
        found = []
        try:
            told = json.loads(self._helper("version"))["helper"]
            if told != HELPER:
                found.append(
                    {"what": f"graceful-unit is of version {told}, {HELPER} is needed", "mend": SUDO_MEND}
                )
        except (StepFailure, ValueError, KeyError) as error:
            found.append({"what": f"sudo cannot run graceful-unit: {error}", "mend": SUDO_MEND})
        probe = "20000101T000000Z-0000000.1"
        for process in self._site.processes:
            told_unit = self._show(process, probe, "LoadState,TimeoutStopUSec")
            unit = self._unit(process, "")
            if told_unit.get("LoadState") != "loaded":
                found.append(
                    {
                        "what": f"systemd has no unit {unit}",
                        "mend": "Copy it from examples/host, then systemctl daemon-reload (docs/host-setup.md).",
                    }
                )
            elif seconds(told_unit.get("TimeoutStopUSec", "")) <= grace:
                found.append(
                    {
                        "what": f"{unit} has TimeoutStopSec={told_unit['TimeoutStopUSec']}, not above times.grace ({grace:g}s)",
                        "mend": "Raise TimeoutStopSec in the unit, or lower `times.grace` in graceful.yml.",
                    }
                )
        return found

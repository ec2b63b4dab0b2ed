"""systemd system units: changed through the root-owned helper `graceful-unit`, read with unprivileged `systemctl show`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection, Mapping

from ..errors import Fault, StepFailure, fault
from ..version import HELPER
from .systemd_faults import (
    INSTALL,
    UNIT_HELPER,
    helper_file_faults,
    is_granted,
    process_faults,
    recovery_faults,
    sudo_fault,
    timer_notices,
    unit_faults,
)
from .units import Units

RECOVERY = "LoadState,UnitFileState,ActiveState"
SETTINGS = "LoadState,TimeoutStopUSec,User,Group,RuntimeDirectory"
#: Exit status of graceful-unit itself for what it does not do.
REFUSALS = (64, 77)
#: A backend that there never is: to ask what holds for every backend.
PROBE = "20000101T000000Z-0000000.1"


class Systemd(Units):
    """Backends as instances of a unit that the administrator has installed for each process."""

    def _helper(self, *argv: str) -> str:
        """Output of the helper. Raises StepFailure with its mend, whoever refused: sudo, the helper, or systemd."""
        try:
            done = self._run("sudo", "-n", UNIT_HELPER, *argv)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._refused(str(error)) from error
        if done.returncode == 0:
            return done.stdout.decode("utf-8", "replace")
        told = " ".join(done.stderr.decode("utf-8", "replace").split()) or f"exit status {done.returncode}"
        if told.startswith("sudo: ") and done.returncode == 1:
            raise self._refused(told)
        if done.returncode in REFUSALS:
            raise StepFailure(
                f"graceful-unit refuses: {told.rpartition('graceful-unit: ')[2]}",
                f"Compare /etc/graceful/{self._site.name}.json with examples/host (root's, mode 0644).",
            )
        raise StepFailure(
            f"graceful-unit {' '.join(argv)}: {told.rstrip('.')}",
            "Read the log that is shown with this (systemctl status tells more); mend the unit or the release.",
        )

    def _refused(self, told: str) -> StepFailure:
        found = sudo_fault(self._site.deploy_user, told)
        return StepFailure(found["what"], found["mend"])

    def start(self, process: str, backend: str) -> None:
        try:
            self._helper(self._site.name, "start", process, backend)
        except StepFailure as failure:
            raise StepFailure(failure.what, failure.next_step, log=self.logs(process, backend)) from failure

    def stop(self, process: str, backend: str, aside: bool = False) -> None:
        self._helper(self._site.name, "retire" if aside else "stop", process, backend)

    def kill(self, process: str, backend: str) -> None:
        self._helper(self._site.name, "kill", process, backend)

    def logs(self, process: str, backend: str) -> list[str]:
        try:
            return self._helper(self._site.name, "logs", process, backend).splitlines()
        except StepFailure as failure:
            return [f"(the log cannot be read: {failure.what})"]

    def log_command(self, process: str, since: float | None, lines: int, follow: bool) -> list[str]:
        start = "-" if since is None else str(int(since))
        how = "follow" if follow else "once"
        return ["sudo", "-n", UNIT_HELPER, self._site.name, "journal", process, start, str(lines), how]

    def manage(self, release: str) -> list[str]:
        return ["sudo", "-n", UNIT_HELPER, self._site.name, "run", release, "--"]

    def sweep(self, wanted: Collection[str]) -> None:
        """Nothing to do: systemd forgets a unit that has ended, and removes its folder."""

    def faults(self, processes: Mapping[str, float]) -> list[Fault]:
        found = process_faults(self._site.name, self._site.processes, processes)
        missing = helper_file_faults()
        found += [*missing, *self._right_faults()] if missing else self._helper_faults(processes)
        for process, patience in processes.items():
            shown = self._show(self._unit(process, PROBE), SETTINGS)
            wanted = {
                "User": self._site.user,
                "Group": self._site.groups[1],
                "RuntimeDirectory": f"graceful/{self._site.name}/{PROBE}",
            }
            found += unit_faults(self._unit(process, ""), shown, wanted, process, patience)
        boot, tick = f"{self._site.name}-boot.service", f"{self._site.name}-tick.service"
        recovery = {unit: self._show(unit, RECOVERY) for unit in (boot, tick, self._timer)}
        return found + recovery_faults(boot, recovery)

    def notices(self) -> list[str]:
        return timer_notices(self._timer, self._show(self._timer, RECOVERY))

    @property
    def _timer(self) -> str:
        return f"{self._site.name}-tick.timer"

    def _right_faults(self) -> list[Fault]:
        """The helper cannot be asked; whether sudo would run it is in the list of what this user may do."""
        try:
            done = self._run("sudo", "-n", "-l")
        except (OSError, subprocess.TimeoutExpired) as error:
            return [sudo_fault(self._site.deploy_user, str(error))]
        if is_granted(done.stdout.decode("utf-8", "replace")):
            return []
        return [
            sudo_fault(
                self._site.deploy_user, done.stderr.decode("utf-8", "replace").strip() or "not allowed"
            )
        ]

    def _helper_faults(self, processes: Collection[str]) -> list[Fault]:
        """Asks the helper for its version, and for what it must not refuse this site."""
        try:
            answer = self._helper("version")
            told = json.loads(answer)["helper"]
            if told != HELPER:
                return [
                    fault(f"{UNIT_HELPER} is of version {told}, and this Graceful needs {HELPER}", INSTALL)
                ]
            for process in set(processes).intersection(self._site.processes):
                self._helper(self._site.name, "logs", process, PROBE)
        except StepFailure as failure:
            return [fault(failure.what, failure.next_step)]
        except (ValueError, KeyError, TypeError):
            return [fault(f"{UNIT_HELPER} does not answer as it should: {answer.strip()[:100]!r}", INSTALL)]
        return []

"""systemd user units, without root: each backend is a transient unit of the deploy user's own systemd, which lingers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ..errors import Fault, StepFailure, explain, fault
from ..site.settings import Site
from .aside import members, step_aside
from .single_user import Belongings, environment
from .units import PATIENCE, Units
from .user_timer import UserTimer
from .user_unit import listed, start_command

#: The first one that appends what a unit prints to a file, and starts by `Type=exec`.
OLDEST = 240
LOOK = "Read the log that is shown with this (systemctl --user status tells more), then try again."


class SystemdUser(Units):
    """Backends as units that exist only while they run: nothing of them is left to install, to enable or to remove."""

    scope = ("--user",)

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._belongings = Belongings(site)
        self._timer = UserTimer(site, Path(environment(site.deploy_user)["HOME"]), self._ask)

    @property
    def _environment(self) -> dict[str, str]:
        """A command of cron's or of an SSH key has no session, which else says where this user's systemd is."""
        return {**super()._environment, "XDG_RUNTIME_DIR": f"/run/user/{os.getuid()}"}

    def _ask(self, *command: str) -> str:
        """Output of a command that has to succeed. Raises StepFailure."""
        try:
            done = self._run(*command)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StepFailure(f"{command[0]}: {error}", LOOK) from error
        if done.returncode != 0:
            told = " ".join(done.stderr.decode("utf-8", "replace").split())
            raise StepFailure(f"{command[0]}: {told or f'exit status {done.returncode}'}", self._mend())
        return done.stdout.decode("utf-8", "replace")

    def _mend(self) -> str:
        """What stands in the way is told rather than what systemd said of it."""
        found = self.faults({})
        return found[0]["mend"] if found else LOOK

    def start(self, process: str, backend: str) -> None:
        try:
            self._timer.ensure()
            self._belongings.make(backend)
            self._ask(*self._start_command(process, backend))
        except StepFailure as failure:
            log = self._belongings.last_lines(backend)
            raise StepFailure(failure.what, failure.next_step, log=log) from failure
        except OSError as error:
            raise StepFailure(*explain(error, self._site.root)) from error

    def _start_command(self, process: str, backend: str) -> list[str]:
        release, site = backend.rpartition(".")[0], self._site
        folder = self._belongings.folder(backend)
        return start_command(
            self._unit(process, backend),
            f"{site.name}, {process} process of release {release}",
            [str(site.paths.release(release).bin / process), backend],
            {**environment(site.deploy_user), "RUNTIME_DIRECTORY": str(folder)},
            self._belongings.log(backend),
            self._belongings.patience(process, backend),
        )

    def stop(self, process: str, backend: str, aside: bool = False) -> None:
        if aside:
            step_aside(members(self.state(process, backend).cgroup))
        self._systemctl("stop", "--no-block", self._unit(process, backend))

    def kill(self, process: str, backend: str) -> None:
        self._end(self._unit(process, backend), backend)

    def _end(self, unit: str, backend: str) -> None:
        """SIGKILL to all of it; the stop, which waits, keeps `Restart=` from bringing it back."""
        self._systemctl("kill", "--signal=SIGKILL", unit)
        self._systemctl("stop", unit)
        self._systemctl("reset-failed", unit)
        self._belongings.remove(backend)

    def logs(self, process: str, backend: str) -> list[str]:
        return self._belongings.last_lines(backend)

    def log_command(self, process: str, since: float | None, lines: int, follow: bool) -> list[str]:
        return self._belongings.log_command(process, since, lines, follow)

    def manage(self, release: str) -> list[str]:
        return self._belongings.manage(release)

    def sweep(self, wanted: Collection[str]) -> None:
        if wanted:
            self._timer.ensure()
        here = list(self._units())
        for unit, backend, active in here:
            # One that is about to end has its own time for that.
            if backend not in wanted and active != "deactivating":
                self._end(unit, backend)
        ending = {backend for _, backend, active in here if active == "deactivating"}
        for backend in self._belongings.folders():
            if backend not in wanted and backend not in ending:
                self._belongings.remove(backend)
        self._belongings.remove_old_logs()
        for backend in wanted:
            self._belongings.rotate(backend)

    def _units(self) -> Iterator[tuple[str, str, str]]:
        shape = ("--all", "--full", "--plain", "--no-legend", "--no-pager")
        name = self._site.name
        return listed(name, self._systemctl("list-units", *shape, f"{name}-*@*.service"))

    def faults(self, processes: Mapping[str, float]) -> list[Fault]:
        user = self._site.deploy_user
        version = next(iter(self._systemctl("--version").split()[1:]), "")
        if not version.isdigit():
            return [
                fault(
                    "there is no systemd on this host",
                    "Use `process-manager: supervisord` (docs/supervisord.md).",
                )
            ]
        if int(version) < OLDEST:
            return [
                fault(
                    f"systemd is {version}; {OLDEST} or newer is needed for `process-manager: systemd-user`",
                    "Use `process-manager: supervisord` (docs/supervisord.md).",
                )
            ]
        if "yes" not in self._lingering(user):
            return [
                fault(
                    f"user {user} does not linger: systemd would end the site at logout, and start nothing after a boot",
                    f"As root: loginctl enable-linger {user}",
                )
            ]
        if not self._systemctl("show", "--property=Version"):
            return [
                fault(
                    f"the systemd of user {user} does not answer in /run/user/{os.getuid()}",
                    f"As root: systemctl restart user@{os.getuid()}.service; it needs libpam-systemd (systemctl status says why)",
                )
            ]
        return []

    def _lingering(self, user: str) -> str:
        """`yes`, `no`, or nothing where logind does not know the user."""
        command = ["loginctl", "show-user", "--property=Linger", user]
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.decode("utf-8", "replace").strip().rpartition("=")[2]

    def notices(self) -> list[str]:
        return self._timer.notices()

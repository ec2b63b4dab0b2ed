"""supervisord, without root: each backend is a program of its own, added, started and stopped by name and never by an
`update`, in a supervisord that runs as the deploy user."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Collection, Mapping
from contextlib import suppress

from ..errors import Fault, StepFailure, explain
from ..site.paths import RELEASE_ID
from ..site.settings import Site
from . import supervisor_ini
from .aside import step_aside
from .crontab import crontab_notices
from .manager import State
from .proc import Process, descends, look_up, processes_of
from .single_user import Belongings, environment
from .supervisor_daemon import Daemon
from .supervisor_rpc import BAD_NAME, NOT_RUNNING, STILL_RUNNING, Refused, Silent

#: In the folder of a backend that was told to end, and that no supervisord runs.
STOPPING = "stopping"
#: After SIGKILL a process is gone within this (seconds), or it hangs in the kernel.
GONE = 5.0
#: States of supervisor's `ProcessStates` in which it keeps the program up.
UP, COMING, ENDING = ("STARTING", "RUNNING"), ("BACKOFF", "EXITED"), ("STOPPING", "FATAL")
#: Each minute, and once more when this supervisord is gone, so that another is started.
EACH_MINUTE = 'while "$0" tick; kill -0 "$PPID" 2>/dev/null; do sleep 60; done'


class Supervisord:
    """Backends as groups `<site>-<process>-<id>.<n>` of one program each."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._paths = site.paths
        self._daemon = Daemon(site)
        self._belongings = Belongings(site)

    def _name(self, process: str, backend: str) -> str:
        return f"{self._site.name}-{process}-{backend}"

    def _processes(self, backend: str, known: int = 0) -> list[Process]:
        return processes_of(self._paths.backend_socket(backend), known)

    def start(self, process: str, backend: str) -> None:
        try:
            self._start(process, backend)
        except (Refused, Silent) as error:
            raise StepFailure(str(error), self._daemon.look(), log=self.logs(process, backend)) from error
        except OSError as error:
            raise StepFailure(*explain(error, self._site.root)) from error

    def _start(self, process: str, backend: str) -> None:
        name, release = self._name(process, backend), backend.rpartition(".")[0]
        its = self._belongings
        its.make(backend)
        handed_down = {**environment(self._site.deploy_user), "RUNTIME_DIRECTORY": str(its.folder(backend))}
        program = self._paths.release(release).bin / process
        start = supervisor_ini.command(handed_down, [str(program), backend])
        file = supervisor_ini.backend(name, start, its.log(backend), its.patience(process, backend))
        self._daemon.write(f"{name}.ini", file)
        self._daemon.ensure()
        self._tick()
        self._daemon.add(name)
        self._daemon.ask("startProcess", name, False)

    def _tick(self) -> None:
        """The minute's work is done by a program beside the backends, unless it is cron's alone."""
        name = f"{self._site.name}-tick"
        file = f"{name}.ini"
        if not self._site.tick or (self._daemon.folder / file).exists():
            return
        argv = ["/bin/sh", "-c", EACH_MINUTE, str(self._paths.bin / "graceful")]
        start = supervisor_ini.command(environment(self._site.deploy_user), argv)
        self._daemon.write(file, supervisor_ini.minutely(name, start, self._paths.log / "tick.log"))
        self._daemon.add(name)

    def _info(self, name: str) -> dict[str, object]:
        """What supervisord says of a program; nothing where there is no supervisord, or it does not know it."""
        try:
            told: dict[str, object] = self._daemon.ask("getProcessInfo", name)
            return told
        except (Silent, Refused):
            return {}

    def state(self, process: str, backend: str) -> State:
        info = self._info(self._name(process, backend))
        name, pid = str(info.get("statename", "")), _pid(info)
        detail = f"{name}, {info.get('description')}" if name else "not known to supervisord"
        if name in ("BACKOFF", "FATAL"):
            detail = f"it ends right after its start ({name})"
        main = look_up(pid) if pid else None
        if name in UP and main is None:
            # It ended a moment ago, which supervisord has not seen yet.
            name, detail = "EXITED", "its process ended"
        # What this supervisord has never started may run all the same: one before it was killed, and its programs were not.
        kept = name in (*UP, *COMING, *ENDING) or bool(info.get("start"))
        if not kept:
            main = next(iter(self._processes(backend)), None)
            if main is not None:
                name, detail = UP[1], "runs on, its supervisord died"
        return State(
            up=name in UP,
            failed=name == "FATAL",
            restarting=name in COMING,
            pid=main.pid if main else 0,
            incarnation=f"{main.pid}/{main.started}" if main else "",
            cgroup="",
            detail=detail,
            ended=not main and name not in (*UP, *COMING, "STOPPING") and not self._processes(backend),
            kept=kept,
        )

    def owns(self, state: State, pid: int) -> bool:
        return descends(pid, state.pid)

    def stop(self, process: str, backend: str, aside: bool = False) -> None:
        if aside:
            known = _pid(self._info(self._name(process, backend)))
            step_aside(one.pid for one in self._processes(backend, known))
        marker = self._belongings.folder(backend) / STOPPING
        if not self._told_to_stop(self._name(process, backend)) and not marker.exists():
            for orphan in self._processes(backend)[:1]:
                _signal(orphan.pid, signal.SIGTERM)
                # No supervisord waits for its end: the next sweep after its time does.
                with suppress(OSError):
                    marker.touch()

    def kill(self, process: str, backend: str) -> None:
        self._end(self._name(process, backend), backend)

    def _end(self, name: str, backend: str) -> None:
        # First supervisord, or it would start again what is killed.
        self._told_to_stop(name)
        self._kill_all(name, backend)
        self._forget(name, backend)

    def _told_to_stop(self, name: str) -> bool:
        """True where supervisord runs it, and ends it now; false where it does not run there."""
        deadline = time.monotonic() + GONE
        while True:
            try:
                self._daemon.ask("stopProcess", name, False)
                return True
            except Silent:
                return False
            except Refused as refused:
                state = self._info(name).get("statename")
                if refused.code == BAD_NAME or state in (None, "STOPPED", "FATAL"):
                    return False
                if state == "STOPPING" or refused.code != NOT_RUNNING:
                    return True
            # EXITED: it is about to be started again, and can only be stopped then.
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)

    def _kill_all(self, name: str, backend: str) -> None:
        deadline = time.monotonic() + GONE
        while (left := self._processes(backend, _pid(self._info(name)))) and time.monotonic() < deadline:
            for process in left:
                _signal(process.pid, signal.SIGKILL)
            time.sleep(0.02)

    def _forget(self, name: str, backend: str) -> None:
        """supervisord no longer knows a backend that has ended, and its folder is gone. Later, where it is not yet down."""
        deadline = time.monotonic() + GONE
        while True:
            try:
                self._daemon.ask("removeProcessGroup", name)
            except Silent:
                pass
            except Refused as refused:
                if refused.code == STILL_RUNNING:
                    if time.monotonic() > deadline:
                        return
                    time.sleep(0.02)
                    continue
            break
        (self._daemon.folder / f"{name}.ini").unlink(missing_ok=True)
        self._belongings.remove(backend)

    def sweep(self, wanted: Collection[str]) -> None:
        if wanted:
            self._daemon.ensure()
        pattern = re.compile(rf"{re.escape(self._site.name)}-([a-z0-9]+)-({RELEASE_ID.pattern}\.\d+)\.ini")
        for file in sorted(self._daemon.folder.glob("*.ini")):
            match = pattern.fullmatch(file.name)
            if match and (match[2] not in wanted or self._overdue(match[1], match[2])):
                self._sweep(file.name[: -len(".ini")], match[2])
        self._daemon.tidy()
        self._belongings.remove_old_logs()

    def _overdue(self, process: str, backend: str) -> bool:
        try:
            told = (self._belongings.folder(backend) / STOPPING).stat().st_mtime
        except FileNotFoundError:
            return False
        return time.time() - told > self._belongings.patience(process, backend) + supervisor_ini.MARGIN

    def _sweep(self, name: str, backend: str) -> None:
        """One that ought to be gone: its server's time is over where supervisord no longer waits for it."""
        if self._info(name).get("statename") != "STOPPING":
            self._end(name, backend)

    def logs(self, process: str, backend: str) -> list[str]:
        return self._belongings.last_lines(backend)

    def log_command(self, process: str, since: float | None, lines: int, follow: bool) -> list[str]:
        return self._belongings.log_command(process, since, lines, follow)

    def manage(self, release: str) -> list[str]:
        return self._belongings.manage(release)

    def faults(self, processes: Mapping[str, float]) -> list[Fault]:
        return self._daemon.faults()

    def notices(self) -> list[str]:
        return crontab_notices(f"{self._paths.bin / 'graceful'} tick")


def _pid(info: dict[str, object]) -> int:
    return int(str(info.get("pid", 0)))


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)

"""The supervisord that runs a site's processes: found, started when it is not running, and asked."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import Fault, StepFailure, fault
from ..site.links import sync_folder
from ..site.settings import Site
from . import supervisor_ini
from .single_user import environment
from .sockets import LONGEST_SOCKET
from .supervisor_rpc import ALREADY_ADDED, PATIENCE, Refused, Silent, call

#: A new supervisord answers within this (seconds), or something is wrong.
START = 15.0
OLDEST = 4
#: What its files hold without any quoting, in each of the ways it reads them: it expands and splits some values.
PLAIN = re.compile(r"(/[A-Za-z0-9_][A-Za-z0-9._-]*)+")


class Daemon:
    """One supervisord, and the folder of the files that it reads."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.folder = site.paths.supervisor
        self.socket = self.folder / "supervisor.sock"

    def ask(self, method: str, *arguments: Any) -> Any:
        """Its answer. Raises Silent where none runs, Refused where it says no."""
        return call(self.socket, method, *arguments)

    def running(self) -> bool:
        """True where one answers that is not about to end."""
        try:
            return int(self.ask("getState")["statecode"]) == 1
        except (Silent, Refused):
            return False

    def program(self) -> str | None:
        """Path of the program, the site's own installation first."""
        home = Path(environment(self._site.deploy_user)["HOME"])
        own = (self.folder / "venv/bin", home / ".local/bin")
        return shutil.which("supervisord", path=os.pathsep.join([*map(str, own), *os.get_exec_path()]))

    def version(self) -> str | None:
        """Version of the one that runs, or that would run; None where there is none."""
        with suppress(Silent, Refused):
            return str(self.ask("getSupervisorVersion"))
        program = self.program()
        if program is None:
            return None
        try:
            done = subprocess.run(
                [program, "--version"], capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        told = re.search(rb"\d+(\.\d+)+", done.stdout)
        return told.group().decode() if told else None

    def write(self, name: str, text: str) -> None:
        """A file of its folder, whole also after a power cut: half of one would keep supervisord from starting."""
        path = self.folder / name
        temporary = path.with_name(f".{name}.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        self._make_folder()
        self._site.owner.write_file(temporary, text.encode(), 0o640)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.rename(temporary, path)
        sync_folder(self.folder)

    def _make_folder(self) -> None:
        self.folder.mkdir(exist_ok=True)
        # Whoever may connect to the socket in it may run anything as this user.
        self.folder.chmod(0o700)

    def tidy(self) -> None:
        """Removes the temporary files of a killed `write`; nobody else writes meanwhile, under the site's lock."""
        for left in self.folder.glob(".*.[0-9]*"):
            left.unlink(missing_ok=True)

    def add(self, group: str) -> None:
        """Makes it know the program of that name, whose file is written; fine when it does."""
        self.ask("reloadConfig")
        try:
            self.ask("addProcessGroup", group)
        except Refused as refused:
            if refused.code != ALREADY_ADDED:
                raise

    def ensure(self) -> None:
        """One is running afterwards. Raises StepFailure."""
        if self.running():
            return
        with self._alone():
            self._await_end()
            if not self.running():
                self._start()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two that find none running do not start two."""
        self._make_folder()
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _await_end(self) -> None:
        """One that is shutting down has to be gone before another can have its socket."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if int(self.ask("getState")["statecode"]) == 1:
                    return
            except Refused:
                pass
            except Silent:
                return
            time.sleep(0.1)

    def _start(self) -> None:
        program = self.program()
        if program is None:
            raise StepFailure("there is no supervisord on this host", self.mend())
        self._site.owner.make_folder(self._site.paths.log)
        self.write("supervisord.conf", supervisor_ini.daemon(self.folder, self._site.paths.log))
        # It makes itself a daemon of its own session. It is given no file, no lock and no folder of ours to hold.
        try:
            done = subprocess.run(
                [program, "--configuration", str(self.folder / "supervisord.conf")],
                cwd="/",
                env=environment(self._site.deploy_user),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                start_new_session=True,
                timeout=PATIENCE,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StepFailure(f"{program} cannot be started: {error}", self.look()) from error
        deadline = time.monotonic() + START
        while not self.running():
            # (Where it found another one on its socket, that one does as well.)
            if done.returncode != 0:
                raise self._ended(program, done)
            if time.monotonic() > deadline:
                raise StepFailure(f"{program} was started and does not answer on {self.socket}", self.look())
            time.sleep(0.05)

    def _ended(self, program: str, done: subprocess.CompletedProcess[bytes]) -> StepFailure:
        told = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()
        why = next((line for line in told if line.startswith("Error")), (told or ["it said nothing"])[-1])
        what = f"{program} ended with exit status {done.returncode}: {why}"
        return StepFailure(what, self.look(), log=told)

    def look(self) -> str:
        """What to do where it does not do as it was told."""
        return f"Look at {self.folder / 'supervisord.log'}, then try again."

    def mend(self) -> str:
        """How a user gets one without root; commands to copy."""
        venv = self.folder / "venv"
        return f"python3 -m venv {venv} && {venv}/bin/pip install 'supervisor>={OLDEST}'"

    def faults(self) -> list[Fault]:
        """What keeps a supervisord from being used here."""
        found = []
        # It binds to a name with its pid added first, and renames that.
        longest = f"{self.socket}.4194304"
        over = len(os.fsencode(longest)) - LONGEST_SOCKET
        if over > 0:
            found.append(
                fault(
                    f"the path of supervisord's socket is {over} bytes too long for Linux: {longest}",
                    f"Choose a `root` that is {over} bytes shorter.",
                )
            )
        if PLAIN.fullmatch(str(self.folder)) is None:
            found.append(
                fault(
                    f"{self._site.root} cannot be written into supervisord's files",
                    "Choose a `root` of letters, digits, `.`, `_` and `-`.",
                )
            )
        version = self.version()
        if version is None:
            found.append(fault("there is no supervisord on this host", self.mend()))
        elif int(version.split(".")[0]) < OLDEST:
            found.append(fault(f"supervisord is {version}; {OLDEST} or newer is needed", self.mend()))
        return found

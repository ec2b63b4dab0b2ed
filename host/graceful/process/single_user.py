"""What a site of one user has besides its process manager: a plain environment, and each backend's folder and log."""

from __future__ import annotations

import os
import pwd
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..journal.history import WEB, fold
from ..journal.journal import read_journal
from ..release.spec import load_spec
from ..site.settings import Site

LOG_LINES = 200
#: A log to which nothing has been added for so long is removed (seconds).
KEEP_LOGS = 30 * 86400.0
#: A log that is larger (bytes) begins anew, where no manager sees to that.
LOG_BYTES = 10_000_000
#: What a command writes is as what the site writes.
AS_BACKEND = 'umask 007 && cd / && exec "$@"'


def environment(user: str) -> dict[str, str]:
    """All that is handed down to what runs here: nothing of the session that happens to ask for it."""
    home = pwd.getpwnam(user).pw_dir
    path = "/usr/local/bin:/usr/bin:/bin"
    return {"PATH": path, "LANG": "C.UTF-8", "HOME": home, "USER": user, "LOGNAME": user}


class Belongings:
    """The folder with its socket and the log of each backend."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._paths = site.paths

    def folder(self, backend: str) -> Path:
        return self._paths.backend_socket(backend).parent

    def log(self, backend: str) -> Path:
        return self._paths.log / f"{backend}.log"

    def patience(self, process: str, backend: str) -> float:
        """How long it may take to end (seconds)."""
        spec = load_spec(self._paths, backend.rpartition(".")[0])
        return spec.times.grace if process == WEB else spec.processes[process].stop

    def make(self, backend: str) -> None:
        """Makes both; fine when they are there already."""
        owner = self._site.owner
        for made in (self._paths.log, self._paths.run, self.folder(backend)):
            owner.make_folder(made)
        with suppress(FileExistsError):
            owner.write_file(self.log(backend), b"", 0o640)

    def remove(self, backend: str) -> None:
        """Removes the folder; the log is kept."""
        shutil.rmtree(self.folder(backend), ignore_errors=True)

    def folders(self) -> Iterator[str]:
        """Backends that have a folder."""
        with suppress(FileNotFoundError):
            yield from sorted(path.name for path in self._paths.run.iterdir())

    def last_lines(self, backend: str) -> list[str]:
        """The last lines of its log."""
        try:
            text = self.log(backend).read_bytes()[-1_000_000:].decode("utf-8", "replace")
        except OSError as error:
            return [f"(the log cannot be read: {error})"]
        return text.splitlines()[-LOG_LINES:]

    def log_command(self, process: str, since: float | None, lines: int, follow: bool) -> list[str]:
        """The command that prints the logs of a process's backends. No line has a time of its own: what was written to since then
        is shown whole, and without a time the last log alone."""
        backends = fold(read_journal(self._paths.journal)).backends.values()
        logs = [self.log(backend.name) for backend in backends if backend.process == process]
        there = sorted((log.stat().st_mtime, str(log)) for log in logs if log.exists())
        shown = [log for written, log in there if since is None or written >= since]
        files = (shown if since is not None else shown[-1:]) or ["/dev/null"]
        return ["tail", "-q", "-n", str(lines), *(["-F"] if follow else []), "--", *files]

    def rotate(self, backend: str) -> None:
        """A log that is too large is emptied, and what it held kept beside it; the process has it open for appending."""
        log = self.log(backend)
        if log.exists() and log.stat().st_size > LOG_BYTES:
            shutil.copy2(log, log.with_name(f"{log.name}.1"))
            os.truncate(log, 0)

    def remove_old_logs(self) -> None:
        """Removes logs that nothing was added to for long."""
        for log in self._paths.log.glob("*.log*"):
            if log.stat().st_mtime < time.time() - KEEP_LOGS:
                log.unlink(missing_ok=True)

    def manage(self, release: str) -> list[str]:
        """The command that is the release's `bin/manage`, in the environment and with the umask of a backend."""
        program = str(self._paths.release(release).bin / "manage")
        variables = [f"{name}={told}" for name, told in environment(self._site.deploy_user).items()]
        return ["/bin/sh", "-c", AS_BACKEND, "sh", "/usr/bin/env", "-i", *variables, program]

"""What supervisord reads: its own configuration, and one file for each of a site's programs."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

#: Logs of backends: the current file and one before it.
LOG_BYTES = "10MB"
LOG_BACKUPS = 1
#: supervisord kills a server that takes so much longer to end than it was told to (seconds).
MARGIN = 10


def value(text: str) -> str:
    """A text as it has to stand in the file: supervisord expands `%(...)s` in all of it."""
    return text.replace("%", "%%")


def section(name: str, values: Mapping[str, object]) -> str:
    """One section; lower-case `true` and `false`, as supervisord writes them."""
    lines = [
        f"{key} = {str(told).lower() if isinstance(told, bool) else told}" for key, told in values.items()
    ]
    return "\n".join([f"[{name}]", *lines, ""])


def command(environment: Mapping[str, str], argv: Iterable[str]) -> str:
    """A command with this environment and no other: supervisord adds variables of its own, and whoever started it left
    theirs. `env` becomes the program, so that the pid is the program's."""
    variables = [f"{name}={told}" for name, told in environment.items()]
    return value(shlex.join(["/usr/bin/env", "-i", *variables, *argv]))


def daemon(folder: Path, log: Path) -> str:
    """supervisord's own configuration, for one that is this site's alone."""
    socket = folder / "supervisor.sock"
    rpc = {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"}
    own = {
        "logfile": folder / "supervisord.log",
        "logfile_maxbytes": "1MB",
        "logfile_backups": 1,
        "pidfile": folder / "supervisord.pid",
        "childlogdir": log,
        "directory": "/",
        "umask": "027",
    }
    return "\n".join(
        [
            "; Written by Graceful at each start; what is added here is lost.",
            section("unix_http_server", {"file": socket, "chmod": "0600"}),
            section("supervisord", own),
            section("rpcinterface:supervisor", rpc),
            section("supervisorctl", {"serverurl": f"unix://{socket}"}),
            section("include", {"files": "*.ini"}),
        ]
    )


def backend(name: str, start: str, log: Path, patience: float) -> str:
    """A backend's program: started and stopped by name alone, kept up in between. First its first process alone is
    asked to end, with `patience` (seconds) for its last work; what is left of it is killed with its whole group."""
    return section(
        f"program:{name}",
        {
            "command": start,
            "directory": "/",
            "autostart": False,
            "autorestart": True,
            "startsecs": 1,
            "startretries": 5,
            "stopsignal": "TERM",
            "stopwaitsecs": int(patience) + MARGIN,
            "stopasgroup": False,
            "killasgroup": True,
            # The web server has to be able to write to the socket, as a member of the group.
            "umask": "007",
            "redirect_stderr": True,
            "stdout_logfile": log,
            "stdout_logfile_maxbytes": LOG_BYTES,
            "stdout_logfile_backups": LOG_BACKUPS,
        },
    )


def minutely(name: str, start: str, log: Path) -> str:
    """The program that does the minute's work."""
    return section(
        f"program:{name}",
        {
            "command": start,
            "directory": "/",
            "autostart": True,
            "autorestart": True,
            # What a tick has begun goes on, should the loop around it be stopped.
            "stopasgroup": False,
            "killasgroup": False,
            "umask": "027",
            "redirect_stderr": True,
            "stdout_logfile": log,
            "stdout_logfile_maxbytes": "1MB",
            "stdout_logfile_backups": 1,
        },
    )

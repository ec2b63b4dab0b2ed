"""A process manager for a whole site without a host: it keeps plain processes, of a few lines each."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from graceful.errors import Fault
from graceful.process.manager import State

#: Says which backend it is, and answers as the file `how` in its release tells at each request.
SERVER = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import ThreadingUnixStreamServer
release, backend = os.environ["RELEASE"], os.environ["BACKEND"]
how = lambda: json.load(open(os.path.join(release, "how")))
print("starting", backend, flush=True)
if how().get("start") == "broken":
    sys.exit(how().get("says", "no settings module"))
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        told = how()
        if told.get("die"):
            os._exit(3)
        body = backend.encode()
        self.send_response(told.get("through", 200) if "X-Forwarded-For" in self.headers else told.get("status", 200))
        if "location" in told:
            self.send_header("Location", told["location"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def address_string(self):
        return "visitor"
    def log_message(self, *_):
        pass
class Server(ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64
Server(os.path.join(os.environ["RUNTIME_DIRECTORY"], "http.sock"), Handler).serve_forever()
"""


class Plain:
    """A process manager that starts processes, and does not start them again."""

    def __init__(self, root: Path, run: Path) -> None:
        self._root = root
        self._run = run
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, process: str, backend: str) -> None:
        folder = self._run / backend
        folder.mkdir(parents=True)
        release = self._root / "releases" / backend.rpartition(".")[0]
        told = {"RUNTIME_DIRECTORY": str(folder), "RELEASE": str(release), "BACKEND": backend}
        with open(self._log(backend), "wb") as log:
            self.processes[backend] = subprocess.Popen(
                [sys.executable, "-I", "-c", SERVER],
                env={**os.environ, **told},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop(self, process: str, backend: str, aside: bool = False) -> None:
        self._signal(backend, signal.SIGTERM)

    def kill(self, process: str, backend: str) -> None:
        self._signal(backend, signal.SIGKILL)

    def _signal(self, backend: str, number: int) -> None:
        if backend in self.processes:
            self.processes[backend].send_signal(number)
            self.processes[backend].wait(10)
        shutil.rmtree(self._run / backend, ignore_errors=True)

    def logs(self, process: str, backend: str) -> list[str]:
        return self._log(backend).read_text().splitlines() if self._log(backend).exists() else []

    def _log(self, backend: str) -> Path:
        return self._root / f"{backend}.log"

    def state(self, process: str, backend: str) -> State:
        found = self.processes.get(backend)
        up = found is not None and found.poll() is None
        pid = found.pid if found else 0
        return State(up, not up, False, pid, str(pid), "", "runs" if up else "has ended", ended=not up)

    def owns(self, state: State, pid: int) -> bool:
        return pid == state.pid

    def manage(self, release: str) -> list[str]:
        return ["true"]

    def sweep(self, wanted: Collection[str]) -> None:
        pass

    def log_command(self, process: str, since: float | None, lines: int, follow: bool) -> list[str]:
        return ["true"]

    def faults(self, processes: Mapping[str, float]) -> list[Fault]:
        return []

    def notices(self) -> list[str]:
        return []

"""Speaking with a supervisord: XML-RPC over its unix socket (supervisor 4, `supervisor.*`)."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ProtocolError, ServerProxy, Transport

#: Longest that supervisord may take to answer; it is a broken host beyond (seconds).
PATIENCE = 30.0
#: Faults of supervisor's `xmlrpc.Faults` that are told apart here.
BAD_NAME, NOT_RUNNING, ALREADY_ADDED, STILL_RUNNING = 10, 70, 90, 91


class Silent(Exception):
    """No supervisord answers on the socket."""


class Refused(Exception):
    """supervisord did not do as it was told; `code` is its own number for why."""

    def __init__(self, method: str, fault: Fault) -> None:
        super().__init__(f"supervisord, {method}: {fault.faultString}")
        self.code = fault.faultCode


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self._path)


class _Transport(Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _Connection(self._path)


def call(path: Path, method: str, *arguments: Any) -> Any:
    """The answer to `supervisor.<method>`. Raises Silent, or Refused where supervisord says no."""
    try:
        with ServerProxy("http://localhost", transport=_Transport(path)) as server:
            return getattr(server.supervisor, method)(*arguments)
    except Fault as fault:
        raise Refused(method, fault) from fault
    except (OSError, http.client.HTTPException, ProtocolError) as error:
        raise Silent(f"supervisord does not answer on {path}: {error}") from error

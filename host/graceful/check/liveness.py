"""Is anybody there? Liveness, not health: any HTTP answer will do, since a database that is down must neither keep a site
from starting nor have its healthy processes restarted."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from ..process.manager import Manager
from ..release.spec import Spec
from ..site.paths import SitePaths
from .health import LOOK, ONE_ANSWER, POLL, WEB
from .http import Address, NoAnswer, get_through_socket
from .record import note_health


def listens(path: Path) -> bool:
    """True where a process takes connections on this socket, however busy it is."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.setblocking(False)
        try:
            client.connect(str(path))
        except BlockingIOError:
            # Its backlog is full: somebody is there, and has much to do.
            return True
        except OSError:
            return False
    return True


def answers(paths: SitePaths, manager: Manager, backend: str, spec: Spec, patience: float) -> bool:
    """True as soon as a backend gives any HTTP answer; False after `patience` seconds without one, or when it has ended."""
    looked = time.monotonic()
    deadline = looked + patience
    while True:
        left = deadline - time.monotonic()
        try:
            timeout = max(min(left, ONE_ANSWER), POLL)
            get_through_socket(paths.backend_socket(backend), Address.of(spec.url), spec.health.path, timeout)
            note_health(paths, backend, True, "it answers")
            return True
        except NoAnswer as error:
            if left <= POLL:
                note_health(paths, backend, False, f"no answer: {error}")
                return False
        if time.monotonic() - looked > LOOK:
            if manager.state(WEB, backend).ended:
                return False
            looked = time.monotonic()
        time.sleep(POLL)

"""One HTTP GET over a unix socket or to the host's own web server, without following anything."""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import HealthAnswer

#: Asks the host's own web server for the candidate instead of the live release.
CANDIDATE = "X-Graceful-Candidate"
AGENT = "graceful"
BODY_LIMIT = 2000
PORTS = {"http": 80, "https": 443}
#: Whoever waits for an answer looks up this often, to see whether it is still wanted (seconds).
LOOK_UP = 0.25


def patient(_: float) -> None:
    """The `pause` of one who waits for an answer whatever happens."""


class NoAnswer(Exception):
    """No HTTP answer came; the text says why."""


@dataclass(frozen=True)
class Address:
    """How the site is asked for: the `url` of its stage taken apart."""

    scheme: str
    host: str
    port: int | None

    @staticmethod
    def of(url: str) -> Address:
        parts = urlsplit(url)
        return Address(parts.scheme or "http", parts.hostname or "localhost", parts.port)

    @property
    def number(self) -> int:
        """The port that is connected to."""
        return self.port or PORTS.get(self.scheme, 80)

    @property
    def header(self) -> str:
        """Value of the Host header: with the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port in (None, PORTS.get(self.scheme)) else f"{host}:{self.port}"


def door_of(url: Address, local: str | None) -> Address:
    """Where this host's own web server is asked for the site: `verify.local`, or this machine with the url's scheme and port."""
    return Address.of(local) if local else Address(url.scheme, "127.0.0.1", url.port)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float, connected: Callable[[socket.socket], None]) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path
        self._connected = connected

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
        self._connected(self.sock)


class _LocalTls(http.client.HTTPConnection):
    """TLS to a fixed address with the site's own name as SNI; the certificate is the visitors' affair."""

    def __init__(self, address: str, port: int, name: str, timeout: float) -> None:
        super().__init__(address, port, timeout=timeout)
        self._name = name

    def connect(self) -> None:
        super().connect()
        # Not the default one: that reads all authorities that the host trusts, each time.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.sock = context.wrap_socket(self.sock, server_hostname=self._name)


def _get(
    connection: http.client.HTTPConnection, path: str, headers: dict[str, str], pause: Callable[[float], None]
) -> HealthAnswer:
    try:
        connection.connect()
        with _within(connection.timeout or 0, connection.sock):
            connection.request("GET", path, headers={"User-Agent": AGENT, "Connection": "close", **headers})
            _await_answer(connection, pause)
            response = connection.getresponse()
            body = response.read(BODY_LIMIT).decode("utf-8", "replace")
        return HealthAnswer(response.status, response.getheader("Location"), body)
    except (OSError, http.client.HTTPException, ValueError) as error:
        # ValueError: a path or a name that HTTP cannot say.
        raise NoAnswer(str(error) or type(error).__name__) from error
    finally:
        connection.close()


@contextmanager
def _within(timeout: float, connection: socket.socket) -> Iterator[None]:
    """A socket's own time-out is that of each read; this one is that of the whole answer, which may come in drops."""
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        # That of the plain socket: what TLS knows of it belongs to the reading thread.
        with suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = threading.Timer(timeout, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError("timed out")


def _await_answer(connection: http.client.HTTPConnection, pause: Callable[[float], None]) -> None:
    """Waits for the answer to begin. A site that hangs must not keep a cancelled operation from ending at once."""
    deadline = time.monotonic() + (connection.timeout or 0)
    while not select.select([connection.sock], [], [], LOOK_UP)[0]:
        pause(0)
        if time.monotonic() > deadline:
            raise TimeoutError("timed out")


def get_through_socket(
    path: Path,
    url: Address,
    target: str,
    timeout: float,
    connected: Callable[[socket.socket], None] = lambda _: None,
    pause: Callable[[float], None] = patient,
) -> HealthAnswer:
    """GET `target` from a backend, as its web server would pass it on. Raises NoAnswer, and what `pause` raises."""
    # A site that redirects to https would answer every plain request with 301.
    headers = {"Host": url.header, "X-Forwarded-Proto": url.scheme}
    return _get(_UnixConnection(path, timeout, connected), target, headers, pause)


def get_through_web_server(
    url: Address,
    local: str | None,
    target: str,
    timeout: float,
    pause: Callable[[float], None] = patient,
    candidate: bool = False,
    agent: str = AGENT,
) -> HealthAnswer:
    """GET `target` from this host's own web server, whatever DNS says of the site's name. Raises NoAnswer, and what
    `pause` raises. `candidate`: from the release that is about to go live (see examples/host)."""
    door = door_of(url, local)
    headers = {"Host": url.header, "User-Agent": agent, **({CANDIDATE: "1"} if candidate else {})}
    if door.scheme == "https":
        return _get(_LocalTls(door.host, door.number, url.host, timeout), target, headers, pause)
    if url.scheme == "https":
        # TLS ends in front of this web server: it is told what the visitor used.
        headers["X-Forwarded-Proto"] = "https"
    return _get(http.client.HTTPConnection(door.host, door.number, timeout=timeout), target, headers, pause)

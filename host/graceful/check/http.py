"""One HTTP GET over a unix socket or to the host's own web server, without following anything."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import HealthAnswer

BODY_LIMIT = 2000


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
    def header(self) -> str:
        """Value of the Host header: with the port only where it is not the scheme's own."""
        return self.host if self.port is None else f"{self.host}:{self.port}"


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
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.sock = context.wrap_socket(self.sock, server_hostname=self._name)


def _get(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> HealthAnswer:
    try:
        connection.request("GET", path, headers={"User-Agent": "graceful", "Connection": "close", **headers})
        response = connection.getresponse()
        body = response.read(BODY_LIMIT).decode("utf-8", "replace")
        return HealthAnswer(response.status, response.getheader("Location"), body)
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(str(error) or type(error).__name__) from error
    finally:
        connection.close()


def get_through_socket(
    path: Path,
    url: Address,
    target: str,
    timeout: float,
    connected: Callable[[socket.socket], None] = lambda _: None,
) -> HealthAnswer:
    """GET `target` from a backend, as its web server would pass it on. Raises NoAnswer."""
    # A site that redirects to https would answer every plain request with 301.
    headers = {"Host": url.header, "X-Forwarded-Proto": url.scheme}
    return _get(_UnixConnection(path, timeout, connected), target, headers)


def get_through_web_server(url: Address, local: str | None, target: str, timeout: float) -> HealthAnswer:
    """GET `target` from this host's own web server, whatever DNS says of the site's name. Raises NoAnswer."""
    door = Address.of(local) if local else Address(url.scheme, "127.0.0.1", url.port)
    headers = {"Host": url.header}
    if door.scheme == "https":
        return _get(_LocalTls(door.host, door.port or 443, url.host, timeout), target, headers)
    if url.scheme == "https":
        # TLS ends in front of this web server: it is told what the visitor used.
        headers["X-Forwarded-Proto"] = "https"
    return _get(http.client.HTTPConnection(door.host, door.port or 80, timeout=timeout), target, headers)

"""Small real HTTP servers: on a unix socket, on TCP, behind TLS. Each answers as its test says and keeps what it got."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

Answer = Callable[[bytes], bytes]


def response(status: str, body: bytes = b"ok", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Server:
    """Answers each connection with `answer(request head)`; b"" hangs up. `heads` holds the requests that came."""

    def __init__(
        self, listener: socket.socket, answer: Answer, context: ssl.SSLContext | None = None
    ) -> None:
        self.heads: list[bytes] = []
        self.names: list[str | None] = []
        self._listener = listener
        self._answer = answer
        self._context = context
        if context is not None:
            context.sni_callback = lambda _, name, __: self.names.append(name)
        listener.listen(16)
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        # A close alone would leave the socket to the thread that waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _one(self, raw: socket.socket) -> None:
        try:
            with raw, self._context.wrap_socket(raw, server_side=True) if self._context else raw as client:
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = client.recv(65536)
                    if not piece:
                        return
                    head += piece
                self.heads.append(head)
                client.sendall(self._answer(head))
        except OSError:
            return


def unix_server(path: Path, answer: Answer) -> Server:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    return Server(listener, answer)


def tcp_server(answer: Answer, context: ssl.SSLContext | None = None) -> Server:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    return Server(listener, answer, context)


def dripping_server(path: Path, pause: float) -> socket.socket:
    """A server that sends one byte of an endless header line each `pause` seconds; ends when its listener is closed."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(4)

    def serve() -> None:
        try:
            client, _ = listener.accept()
            with client:
                client.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while listener.fileno() >= 0:
                    client.sendall(b"x")
                    time.sleep(pause)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    return listener


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate for another name, that nobody signed."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-days", "1", "-subj", "/CN=other.test", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context

"""A web server for a whole site without a host, which follows `current` (or `candidate`)."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from graceful.check.http import CANDIDATE


class WebServer(ThreadingHTTPServer):
    """Passes each request on to the release that a link names at that moment."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.root = root
        #: Set when a visitor, or whoever checks the site, got 5xx.
        self.failed = threading.Event()
        threading.Thread(target=self.serve_forever, args=[0.01], daemon=True).start()


class _Passing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        root = cast(WebServer, self.server).root
        link = root / ("candidate" if CANDIDATE in self.headers else "current")
        try:
            if self.path == "/static/graceful.txt":
                self._answer(200, (link / "static/graceful.txt").read_bytes())
                return
            with socket.socket(socket.AF_UNIX) as backend:
                backend.connect(str(link / "sock"))
                backend.sendall(f"GET {self.path} HTTP/1.0\r\nX-Forwarded-For: 1\r\n\r\n".encode())
                answer = b"".join(iter(lambda: backend.recv(65536), b""))
            head, _, body = answer.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            location = next((line[10:] for line in lines if line.startswith("Location: ")), None)
            self._answer(int(lines[0].split()[1]), body, location)
        except (OSError, IndexError):
            self._answer(502, b"")

    def _answer(self, status: int, body: bytes, location: str | None = None) -> None:
        if status >= 500:
            cast(WebServer, self.server).failed.set()
        self.send_response(status)
        if location is not None:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass

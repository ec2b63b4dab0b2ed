"""Starts an application server by hand and tells the milliseconds until its first good answer: start.py SOCKET PATH COMMAND..."""

import os
import signal
import socket
import subprocess
import sys
import time

PAUSE = 0.002
LIMIT = 60.0


def answers(path: str, page: str) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as visitor:
            visitor.connect(path)
            visitor.sendall(f"GET {page} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            return b" 200 " in visitor.recv(64)
    except OSError:
        return False


def main(path: str, page: str, command: list[str]) -> None:
    began = time.monotonic()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not answers(path, page):
            if server.poll() is not None or time.monotonic() - began > LIMIT:
                sys.exit(f"no answer from {command}")
            time.sleep(PAUSE)
        print((time.monotonic() - began) * 1000)
    finally:
        if server.poll() is None:
            os.kill(server.pid, signal.SIGTERM)
        server.wait()


main(sys.argv[1], sys.argv[2], sys.argv[3:])

"""Who is connected to a backend's socket, and what systemd's words mean."""

from __future__ import annotations

import os
import socket
import tempfile
import time
import unittest
from pathlib import Path

from graceful.process.manager import State
from graceful.process.sockets import connections, count_connections, peer_pid
from graceful.process.systemd import Systemd
from graceful.process.systemd_faults import seconds
from graceful.site.settings import Site

# As the kernel of Debian 12 writes it: a listening socket, one accepted and one waiting connection, a client's end, and
# sockets of other names.
TABLE = """\
Num       RefCount Protocol Flags    Type St Inode Path
00000000c1: 00000002 00000000 00010000 0001 01 23401 /run/graceful/shop/x.1/http.sock
00000000c2: 00000003 00000000 00000000 0001 03 23410 /run/graceful/shop/x.1/http.sock
00000000c3: 00000002 00000000 00000000 0001 02 23411 /run/graceful/shop/x.1/http.sock
00000000c4: 00000003 00000000 00000000 0001 03 23409
00000000c5: 00000002 00000000 00010000 0001 01 23402 /run/graceful/shop/x.10/http.sock
00000000c6: 00000003 00000000 00000000 0001 03 23412 /run/graceful/shop/x.10/http.sock
00000000c7: 00000002 00000000 00010000 0005 01 23403 @/run/graceful/shop/x.1/http.sock
00000000c8: 00000003 00000000 00000000 0001 03 23413 /srv/with a space/http.sock
"""


class Recorded(unittest.TestCase):
    def test_accepted_and_waiting_count_the_listening_one_does_not(self) -> None:
        self.assertEqual(count_connections(TABLE, "/run/graceful/shop/x.1/http.sock"), 2)

    def test_other_sockets_do_not_count(self) -> None:
        self.assertEqual(count_connections(TABLE, "/run/graceful/shop/x.10/http.sock"), 1)
        self.assertEqual(count_connections(TABLE, "/run/graceful/shop/x"), 0)
        self.assertEqual(count_connections(TABLE, ""), 0)

    def test_a_path_with_a_space(self) -> None:
        self.assertEqual(count_connections(TABLE, "/srv/with a space/http.sock"), 1)

    def test_no_sockets(self) -> None:
        self.assertEqual(count_connections(TABLE.splitlines()[0], "/x"), 0)
        self.assertEqual(count_connections("", "/x"), 0)


class Real(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="graceful-unit-")
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "http.sock"
        self.listener = self.made()
        self.listener.bind(str(self.path))
        self.listener.listen(8)

    def made(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(made.close)
        return made

    def client(self) -> socket.socket:
        made = self.made()
        made.connect(str(self.path))
        return made

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 5
        while connections(self.path) != count and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(connections(self.path), count)

    def test_accepted_and_waiting(self) -> None:
        self.assertEqual(connections(self.path), 0)
        first, second = self.client(), self.client()
        self.assertEqual(connections(self.path), 2)
        accepted, _ = self.listener.accept()
        self.addCleanup(accepted.close)
        self.assertEqual(connections(self.path), 2)
        first.close()
        accepted.close()
        self.wait_for(1)
        second.close()
        self.listener.accept()[0].close()
        self.wait_for(0)

    def test_who_listens(self) -> None:
        self.assertEqual(peer_pid(self.client()), os.getpid())
        child = os.fork()
        if child == 0:
            try:
                self.path.unlink()
                inner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                inner.bind(str(self.path))
                inner.listen(1)
                inner.accept()[0].close()
            finally:
                os._exit(0)
        deadline = time.monotonic() + 10
        while True:
            try:
                client = self.client()
            except OSError:
                client = None
            if client is not None and peer_pid(client) == child:
                break
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        os.waitpid(child, 0)


class SystemdsWords(unittest.TestCase):
    def test_seconds(self) -> None:
        for text, wanted in (
            ("40s", 40.0),
            ("1min 30s", 90.0),
            ("1h 30min", 5400.0),
            ("2d", 172800.0),
            ("1w", 604800.0),
            ("1w 1d", 691200.0),
            ("1month", 2629800.0),
            ("1y", 31557600.0),
            ("500ms", 0.5),
            ("1.5s", 1.5),
            ("250us", 0.00025),
            ("infinity", float("inf")),
            ("", float("inf")),
            ("[not set]", float("inf")),
        ):
            with self.subTest(text):
                self.assertAlmostEqual(seconds(text), wanted)

    def test_a_process_belongs_to_the_cgroup_it_is_in_or_to_one_above(self) -> None:
        site = Site(
            "shop", Path("/srv/shop"), Path("/s"), "systemd", "deploy", ("web",), "shop", ("shop", "shop-web")
        )
        manager = Systemd(site)
        lines = Path(f"/proc/{os.getpid()}/cgroup").read_text().splitlines()
        own = lines[0].split(":", 2)[2]

        def owns(cgroup: str, pid: int = os.getpid()) -> bool:
            return manager.owns(State(True, False, False, pid, "i", cgroup, "", False), pid)

        self.assertTrue(owns(own))
        self.assertFalse(owns(own + "x"))
        self.assertFalse(owns(own.rstrip("/") + "/shop.slice/shop-web@x.1.service"))
        self.assertFalse(owns(""))
        self.assertFalse(owns(own, 2**22 + 1))
        if own != "/":
            self.assertFalse(owns(own[:-1]))

"""One GET, against real servers on a unix socket, on TCP and behind TLS."""

from __future__ import annotations

import os
import socket
import tempfile
import time
import unittest
from pathlib import Path

from graceful.check.http import BODY_LIMIT, Address, NoAnswer, get_through_socket, get_through_web_server
from graceful.process.sockets import peer_pid

from .servers import Answer, Server, dripping_server, response, self_signed, tcp_server, unix_server

SITE = Address.of("https://shop.test")


def fields(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:-2]
    return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


class ServerCase(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="graceful-unit-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "http.sock"

    def unix(self, answer: Answer) -> Server:
        server = unix_server(self.path, answer)
        self.addCleanup(server.close)
        return server

    def web(self, answer: Answer, tls: bool = False) -> Server:
        server = tcp_server(answer, self_signed(self.folder) if tls else None)
        self.addCleanup(server.close)
        return server


class Addresses(unittest.TestCase):
    def test_host_header(self) -> None:
        for url, header in (
            ("https://shop.test", "shop.test"),
            ("https://shop.test/", "shop.test"),
            ("https://SHOP.test/shop", "shop.test"),
            ("http://shop.test:8080", "shop.test:8080"),
            ("https://shop.test:443", "shop.test"),
            ("http://shop.test:80", "shop.test"),
            ("http://shop.test:443", "shop.test:443"),
            ("http://[::1]:8000", "[::1]:8000"),
            ("http://[::1]", "[::1]"),
        ):
            with self.subTest(url):
                self.assertEqual(Address.of(url).header, header)


class ThroughSocket(ServerCase):
    def get(self, target: str = "/healthz", timeout: float = 5) -> tuple[int, str | None, str]:
        answer = get_through_socket(self.path, SITE, target, timeout)
        return answer.status, answer.location, answer.body

    def test_asks_as_the_sites_own_web_server_would(self) -> None:
        server = self.unix(lambda _: response("200 OK", b"gr\xc3\xbcn"))
        self.assertEqual(self.get("/healthz?full=1"), (200, None, "grün"))
        (head,) = server.heads
        self.assertTrue(head.startswith(b"GET /healthz?full=1 HTTP/1.1\r\n"))
        told = fields(head)
        self.assertEqual((told["host"], told["x-forwarded-proto"]), ("shop.test", "https"))
        self.assertEqual(told["connection"], "close")

    def test_the_scheme_is_that_of_the_url(self) -> None:
        server = self.unix(lambda _: response("200 OK"))
        get_through_socket(self.path, Address.of("http://shop.test:8080"), "/", 5)
        told = fields(server.heads[0])
        self.assertEqual((told["host"], told["x-forwarded-proto"]), ("shop.test:8080", "http"))

    def test_a_redirect_is_not_followed(self) -> None:
        server = self.unix(lambda _: response("301 Moved", b"", "Location: https://shop.test/login"))
        self.assertEqual(self.get(), (301, "https://shop.test/login", ""))
        self.assertEqual(len(server.heads), 1)

    def test_errors_are_answers(self) -> None:
        self.unix(lambda _: response("500 Oops", b"Traceback"))
        self.assertEqual(self.get(), (500, None, "Traceback"))

    def test_the_body_is_cut_at_the_limit(self) -> None:
        self.unix(lambda _: response("200 OK", b"x" * 5_000_000))
        self.assertEqual(self.get()[2], "x" * BODY_LIMIT)

    def test_a_body_that_is_no_text(self) -> None:
        self.unix(lambda _: response("200 OK", b"\xff\xfe"))
        self.assertEqual(self.get()[2], "\ufffd\ufffd")

    def test_no_socket(self) -> None:
        with self.assertRaisesRegex(NoAnswer, "No such file"):
            self.get()

    def test_nobody_listens(self) -> None:
        with socket.socket(socket.AF_UNIX) as left_behind:
            left_behind.bind(str(self.path))
        with self.assertRaisesRegex(NoAnswer, "refused"):
            self.get()

    def test_hangs_up(self) -> None:
        self.unix(lambda _: b"")
        with self.assertRaises(NoAnswer):
            self.get()

    def test_speaks_no_http(self) -> None:
        self.unix(lambda _: b"220 mail.test ESMTP\r\n")
        with self.assertRaises(NoAnswer):
            self.get()

    def test_never_answers(self) -> None:
        self.unix(lambda _: time.sleep(3) or b"")  # type: ignore[func-returns-value]
        began = time.monotonic()
        with self.assertRaisesRegex(NoAnswer, "timed out"):
            self.get(timeout=0.3)
        self.assertLess(time.monotonic() - began, 2)

    def test_never_stops_answering(self) -> None:
        """Each byte comes in time, and the answer never ends: the time-out is that of the whole answer."""
        listener = dripping_server(self.path, 0.05)
        self.addCleanup(listener.close)
        began = time.monotonic()
        with self.assertRaisesRegex(NoAnswer, "timed out"):
            self.get(timeout=0.4)
        self.assertLess(time.monotonic() - began, 2)

    def test_what_http_cannot_say_is_no_answer_either(self) -> None:
        self.unix(lambda _: response("200 OK"))
        for target in ("/größe", "/a b", "/a\r\nX: y"):
            with self.subTest(target), self.assertRaises(NoAnswer):
                self.get(target)

    def test_who_answers_is_looked_at_before_anything_is_asked(self) -> None:
        server = self.unix(lambda _: response("200 OK"))
        seen: list[int] = []
        get_through_socket(self.path, SITE, "/", 5, lambda connection: seen.append(peer_pid(connection)))
        self.assertEqual(seen, [os.getpid()])
        server.heads.clear()

        def refuse(_: socket.socket) -> None:
            raise NoAnswer("not ours")

        with self.assertRaisesRegex(NoAnswer, "not ours"):
            get_through_socket(self.path, SITE, "/", 5, refuse)
        time.sleep(0.1)
        self.assertEqual(server.heads, [])


class ThroughWebServer(ServerCase):
    def test_plain(self) -> None:
        server = self.web(lambda _: response("200 OK"))
        url = Address.of(f"http://shop.test:{server.port}")
        self.assertEqual(get_through_web_server(url, None, "/healthz", 5).status, 200)
        told = fields(server.heads[0])
        self.assertEqual(told["host"], f"shop.test:{server.port}")
        self.assertNotIn("x-forwarded-proto", told)

    def test_tls_with_the_sites_name_and_anybodys_certificate(self) -> None:
        server = self.web(lambda _: response("200 OK", b"secure"), tls=True)
        url = Address.of(f"https://shop.test:{server.port}")
        self.assertEqual(get_through_web_server(url, None, "/healthz", 5).body, "secure")
        self.assertEqual(server.names, ["shop.test"])
        self.assertEqual(fields(server.heads[0])["host"], f"shop.test:{server.port}")

    def test_where_tls_ends_in_front_the_web_server_is_told(self) -> None:
        server = self.web(lambda _: response("200 OK"))
        get_through_web_server(SITE, f"http://127.0.0.1:{server.port}", "/healthz", 5)
        told = fields(server.heads[0])
        self.assertEqual((told["host"], told["x-forwarded-proto"]), ("shop.test", "https"))

    def test_another_door_with_tls(self) -> None:
        server = self.web(lambda _: response("200 OK"), tls=True)
        get_through_web_server(SITE, f"https://localhost:{server.port}", "/healthz", 5)
        self.assertEqual(server.names, ["shop.test"])
        self.assertEqual(fields(server.heads[0])["host"], "shop.test")

    def test_a_redirect_is_not_followed(self) -> None:
        server = self.web(lambda _: response("302 Found", b"", "Location: /login"))
        answer = get_through_web_server(SITE, f"http://127.0.0.1:{server.port}", "/", 5)
        self.assertEqual((answer.status, answer.location, len(server.heads)), (302, "/login", 1))

    def test_no_tls_behind_the_port(self) -> None:
        server = self.web(lambda _: response("200 OK"))
        with self.assertRaises(NoAnswer):
            get_through_web_server(Address.of(f"https://shop.test:{server.port}"), None, "/", 0.5)

    def test_nobody_listens(self) -> None:
        server = self.web(lambda _: response("200 OK"))
        port = server.port
        server.close()
        with self.assertRaisesRegex(NoAnswer, "refused"):
            get_through_web_server(SITE, f"http://127.0.0.1:{port}", "/", 5)

    def test_a_handshake_that_never_comes(self) -> None:
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        began = time.monotonic()
        with self.assertRaisesRegex(NoAnswer, "timed out"):
            get_through_web_server(SITE, f"https://127.0.0.1:{listener.getsockname()[1]}", "/", 0.3)
        self.assertLess(time.monotonic() - began, 2)

"""Requests at a steady rate, against real servers that fail some of them."""

from __future__ import annotations

import socket
import threading
import time
import unittest
from collections.abc import Callable
from unittest import mock

from graceful.check.http import Address, get_through_web_server
from graceful.operation.downtime import AT_ONCE, LONGEST, Figures, Visits
from graceful.operation.undo import PATIENCE

from .servers import response, tcp_server

GOOD, BAD, LOST = response("200 OK"), response("502 Bad Gateway"), b""


class Crowd:
    """A server that gives its n-th visitor the n-th answer, and all others a good one."""

    def __init__(self, case: unittest.TestCase, *answers: Callable[[], bytes]) -> None:
        self._answers = list(answers)
        self._news = threading.Condition()
        self._came = 0
        self.server = tcp_server(self._answer)
        case.addCleanup(self.server.close)

    def _answer(self, _: bytes) -> bytes:
        with self._news:
            self._came += 1
            self._news.notify_all()
            answer = self._answers.pop(0) if self._answers else lambda: GOOD
        return answer()

    def come(self, number: int) -> bool:
        """Waits for so many visitors."""
        with self._news:
            return self._news.wait_for(lambda: self._came >= number, 10)

    def visits(self, timeout: float = 10) -> Visits:
        url = Address.of(f"http://shop.test:{self.server.port}")
        return Visits(lambda: get_through_web_server(url, None, "/healthz", timeout).status)


class Visiting(unittest.TestCase):
    def test_no_answer_and_5xx_are_failures_and_the_slowest_counts(self) -> None:
        def slow() -> bytes:
            time.sleep(0.3)
            return GOOD

        wrong = [lambda: response("404 Not Found"), lambda: response("302 Found", b"", "Location: /")]
        crowd = Crowd(self, lambda: GOOD, lambda: BAD, lambda: LOST, slow, *wrong)
        visits = crowd.visits()
        self.assertTrue(crowd.come(6))
        seen = visits.end()
        self.assertEqual((seen.requests, seen.failed), (len(crowd.server.heads), 2))
        self.assertGreaterEqual(seen.requests, 7)
        self.assertGreaterEqual(seen.worst, 0.3)

    def test_one_that_waits_holds_no_other_up(self) -> None:
        others = threading.Event()

        def stuck() -> bytes:
            others.wait(10)
            return GOOD

        crowd = Crowd(self, stuck)
        visits = crowd.visits()
        self.assertTrue(crowd.come(4))
        others.set()
        self.assertEqual(visits.end().failed, 0)

    def test_a_site_that_hangs_is_not_crowded_and_its_end_is_not_waited_for(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)

        def hang() -> bytes:
            over.wait(10)
            return GOOD

        crowd = Crowd(self, *[hang] * 20)
        visits = crowd.visits()
        self.assertTrue(crowd.come(AT_ONCE))
        began = time.monotonic()
        with mock.patch("graceful.operation.downtime.LONGEST", 0.5):
            seen = visits.end()
        self.assertTrue(0.5 <= time.monotonic() - began < 5)
        self.assertEqual((seen.requests, seen.failed), (AT_ONCE, AT_ONCE))
        self.assertGreaterEqual(seen.worst, 0.5)

    def test_an_answer_that_comes_too_late_is_none(self) -> None:
        def late() -> bytes:
            time.sleep(0.3)
            return GOOD

        crowd = Crowd(self, late)
        with mock.patch("graceful.operation.downtime.LONGEST", 0.25):
            visits = crowd.visits()
            self.assertTrue(crowd.come(1))
            self.assertGreaterEqual(visits.end().failed, 1)

    def test_nobody_answers_at_all(self) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            url = Address.of(f"http://shop.test:{closed.getsockname()[1]}")
            seen = Visits(lambda: get_through_web_server(url, None, "/", 10).status).end()
        self.assertEqual(seen, Figures(seen.requests, seen.requests, seen.worst))
        self.assertGreaterEqual(seen.requests, 1)

    def test_whoever_says_that_it_is_too_much_is_asked_no_more(self) -> None:
        crowd = Crowd(self, *[lambda: response("429 Too Many Requests")] * 20)
        visits = crowd.visits()
        visits._pacer.join(10)
        self.assertFalse(visits._pacer.is_alive())
        seen = visits.end()
        self.assertEqual((seen.requests, seen.failed), (len(crowd.server.heads), 0))

    def test_what_the_measuring_dies_of_is_raised_at_the_end(self) -> None:
        for place in ("a visit", "the pacer"):
            with self.subTest(place):
                asked = threading.Event()

                def ask(asked: threading.Event = asked) -> int:
                    asked.set()
                    raise MemoryError("no room")

                if place == "a visit":
                    visits = Visits(ask)
                    self.assertTrue(asked.wait(10))
                else:
                    with mock.patch.object(Visits, "_send", side_effect=MemoryError("no room")):
                        visits = Visits(ask)
                        visits._pacer.join(10)
                began = time.monotonic()
                with self.assertRaisesRegex(MemoryError, "no room"):
                    visits.end()
                self.assertLess(time.monotonic() - began, LONGEST)

    def test_its_requests_never_outlast_the_patience_of_a_fall_back(self) -> None:
        self.assertLess(LONGEST, PATIENCE)

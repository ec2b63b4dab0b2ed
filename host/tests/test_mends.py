"""What a person is told to do about each kind of bad answer."""

from __future__ import annotations

import unittest
from typing import Any

from graceful.check.http import Address
from graceful.check.mends import mend_of_backend, mend_of_web_server
from graceful.errors import HealthAnswer
from graceful.release.spec import Health

HTTPS, HTTP = Address.of("https://www.example.org"), Address.of("http://www.example.org")


def health(**given: Any) -> Health:
    whole = {"path": "/ok", "status": None, "body": None, "timeout": 30.0, "successes": 2}
    return Health(**{**whole, **given})


class OfBackend(unittest.TestCase):
    def test_each_kind_has_its_own(self) -> None:
        for answer, url, asked, words in (
            (None, HTTPS, health(), "raise `health.timeout`"),
            (HealthAnswer(404, None, ""), HTTPS, health(), "The default is /"),
            (HealthAnswer(400, None, ""), HTTPS, health(), "ALLOWED_HOSTS"),
            (HealthAnswer(500, None, ""), HTTPS, health(), "mend the site, and try again"),
            (HealthAnswer(200, None, ""), HTTPS, health(body="fine"), "`health.body`"),
            (HealthAnswer(200, None, ""), HTTPS, health(status=[204]), "`health.status`"),
            (HealthAnswer(301, "/ok/", ""), HTTPS, health(), "health: { path: /ok/ }"),
            (HealthAnswer(302, "/login/", ""), HTTPS, health(), "to everyone"),
            (HealthAnswer(301, "https://www.example.org/ok", ""), HTTPS, health(), "SECURE_PROXY_SSL_HEADER"),
            (HealthAnswer(301, "https://www.example.org/ok", ""), HTTP, health(), "`url` is http"),
        ):
            with self.subTest(answer=answer, url=url):
                mend = mend_of_backend(answer, url, asked)
                self.assertIn(words, mend)
                # A longer time mends nothing that answers.
                self.assertEqual("health.timeout" in mend, answer is None)


class OfWebServer(unittest.TestCase):
    def test_each_kind_has_its_own(self) -> None:
        for status, words in ((400, "ALLOWED_HOSTS"), (502, "does not reach it"), (404, "verify.local")):
            with self.subTest(status):
                self.assertIn(words, mend_of_web_server(HealthAnswer(status, None, ""), HTTPS))

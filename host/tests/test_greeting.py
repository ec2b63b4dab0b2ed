"""How a session begins: what is loaded before the welcome, and which sessions raise a ticket."""

from __future__ import annotations

import subprocess
import sys
import unittest
from pathlib import Path

from graceful.serve.greeting import ASKING
from graceful.serve.requests import OPERATIONS, QUESTIONS

HOST = Path(__file__).parents[1]
LOADED = f"import sys; sys.path.insert(0, {str(HOST)!r}); import graceful.serve.front; print(*sys.modules)"


class Greeted(unittest.TestCase):
    def test_the_runner_waits_for_no_more_than_the_welcome_needs(self) -> None:
        done = subprocess.run(
            [sys.executable, "-B", "-c", LOADED], capture_output=True, check=True, text=True
        )
        loaded = set(done.stdout.split())
        self.assertIn("graceful.serve.welcome", loaded)
        later = {"http.client", "xmlrpc.client", "graceful.serve.session", "graceful.process.supervisord"}
        self.assertEqual(loaded & later, set())

    def test_a_question_raises_no_ticket_and_an_operation_does(self) -> None:
        self.assertLessEqual(set(QUESTIONS), set(ASKING))
        self.assertEqual(set(OPERATIONS) & set(ASKING), set())

"""Backends that make room for the next one, and how long that one has to live on before it is given visitors."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from unittest import mock

from graceful.check.health import verify_local
from graceful.operation import steps
from graceful.operation.going import run_activate
from graceful.operation.retire import end_if_idle
from graceful.operation.tick import tick

from .plain_site import ASKED
from .plain_site import load_tests as load_tests
from .support import R1, R2, R3
from .test_transaction import GoingCase


class Draining(GoingCase):
    """Invariant 2: two web backends at most; a rollback to one that drains ends its drain."""

    def test_a_rollback_takes_it_and_the_standby_makes_room(self) -> None:
        self.put_live(R1, R2)
        # A visitor who is still there keeps it from ending.
        visitor = self.connected(f"{R1}.1")
        self.put_live(R3)
        self.assertEqual(self.roles(), {f"{R1}.1": "draining", f"{R2}.1": "standby", f"{R3}.1": "active"})
        ended = run_activate(self.context(), R1, ASKED)
        self.assertEqual(ended["result"], "live", ended)
        self.assertNotIn("start", self.steps("op-7"))
        self.assertEqual(self.visit(), f"{R1}.1")
        self.assertEqual(self.roles(), {f"{R1}.1": "active", f"{R3}.1": "standby"} | self.left(R2))
        tick(self.context())
        self.assertEqual(self.running(), [f"{R1}.1", f"{R3}.1"])
        visitor()

    def left(self, release: str) -> dict[str, str]:
        role = self.roles().get(f"{release}.1")
        self.assertIn(role, (None, "draining"))
        return {f"{release}.1": role} if role else {}

    def connected(self, backend: str) -> Callable[[], None]:
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(self.paths.backend_socket(backend)))
        self.addCleanup(client.close)
        return client.close

    def test_it_steps_aside_where_nobody_is_connected(self) -> None:
        self.put_live(R1, R2)
        with mock.patch.object(self.manager, "stop", wraps=self.manager.stop) as stop:
            self.put_live(R3)
        stop.assert_called_once_with("web", f"{R1}.1", aside=True)

    def test_who_is_connected_when_its_time_is_over_is_served_as_before(self) -> None:
        self.put_live(R1, R2)
        visitor = self.connected(f"{R1}.1")
        with mock.patch.object(self.manager, "stop") as stop:
            self.assertFalse(end_if_idle(self.context(), f"{R1}.1", overdue=False))
            self.assertTrue(end_if_idle(self.context(), f"{R1}.1", overdue=True))
        stop.assert_called_once_with("web", f"{R1}.1", aside=False)
        visitor()

    def test_once_sigterm_is_journalled_another_one_is_started(self) -> None:
        self.put_live(R1, R2, R3)
        self.assertNotIn(f"{R1}.1", self.running())
        ended = run_activate(self.context(), R1, ASKED)
        self.assertEqual(ended["result"], "live", ended)
        self.assertEqual(self.visit(), f"{R1}.2")


class LivingOn(GoingCase):
    def test_half_a_second_from_the_first_good_answer_while_the_web_server_asks(self) -> None:
        self.put_live(R1)
        steady = mock.patch.object(steps, "STEADY", 0.6)
        with steady, mock.patch.object(steps, "verify_local", wraps=verify_local) as verify:
            before = time.monotonic()
            self.put_live(R2)
        candidate, live = verify.call_args_list
        self.assertTrue(candidate.kwargs["candidate"])
        self.assertEqual(candidate.kwargs["steady"], 0.6)
        self.assertTrue(before < candidate.kwargs["since"] < time.monotonic() - 0.6, candidate.kwargs)
        self.assertEqual(live.kwargs["steady"], 0)

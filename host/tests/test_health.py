"""Judging a backend by its answers (invariant 3), with a real server on its socket and a manager told what to say."""

from __future__ import annotations

import os
import time
import unittest
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from unittest import mock

from graceful.check.health import bad_answer, check_backend, verify_local
from graceful.check.http import Address
from graceful.errors import HealthAnswer, StepFailure
from graceful.process.manager import State
from graceful.release.spec import Health
from graceful.site.paths import SitePaths

from .servers import response
from .support import R1, R2, release_spec
from .test_http import ServerCase

#: Of no process that there is: whoever looks has to ask the manager.
NOBODY = 2**22 + 1
UP = State(True, False, False, NOBODY, "inv/0/7", "/shop", "active (running)", ended=False)
GOOD = r"^3 good answers, the first after \d\.\d\d s$"


class Judged(unittest.TestCase):
    def judge(
        self, answer: HealthAnswer, status: list[int] | None = None, body: str | None = None
    ) -> str | None:
        return bad_answer(Health("/healthz", status, body, 30, 3), answer)

    def test_any_2xx_by_default(self) -> None:
        for status in (200, 204, 299):
            self.assertIsNone(self.judge(HealthAnswer(status, None, "")))
        for status in (100, 199, 300, 304, 400, 404, 500, 503):
            self.assertEqual(
                self.judge(HealthAnswer(status, None, "")), f"/healthz answered {status}, not 2xx"
            )

    def test_listed_ones_alone(self) -> None:
        self.assertIsNone(self.judge(HealthAnswer(503, None, ""), [200, 503]))
        self.assertEqual(
            self.judge(HealthAnswer(204, None, ""), [200, 503]), "/healthz answered 204, not 200 or 503"
        )

    def test_a_redirect_is_not_healthy_and_is_shown(self) -> None:
        self.assertEqual(
            self.judge(HealthAnswer(301, "https://shop.test/healthz", "")),
            "/healthz redirects (301) to https://shop.test/healthz; a redirect is not healthy",
        )
        self.assertIn("redirects (302) to /login", str(self.judge(HealthAnswer(302, "/login", ""), [200])))
        self.assertIsNone(self.judge(HealthAnswer(302, "/login", ""), [302]))

    def test_a_location_makes_no_redirect(self) -> None:
        self.assertIsNone(self.judge(HealthAnswer(201, "/new", "")))

    def test_body(self) -> None:
        self.assertIsNone(self.judge(HealthAnswer(200, None, "all fine"), body="fine"))
        self.assertEqual(
            self.judge(HealthAnswer(200, None, "all bad"), body="fine"),
            "/healthz answered 200 without 'fine' in its body",
        )


class Told:
    """A process manager whose states are told by the test; the last one stays."""

    def __init__(self, *states: State, owns: bool = True) -> None:
        self.states = list(states)
        self.pids: list[int] = []
        self._owns = owns

    def state(self, process: str, backend: str) -> State:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def owns(self, state: State, pid: int) -> bool:
        self.pids.append(pid)
        return self._owns

    def logs(self, process: str, backend: str) -> list[str]:
        return [f"log of {process} {backend}"]

    def start(self, process: str, backend: str) -> None:
        raise AssertionError("nothing is started here")

    kill = start

    def stop(self, process: str, backend: str, aside: bool = False) -> None:
        raise AssertionError("nothing is stopped here")

    def manage(self, release: str) -> list[str]:
        raise AssertionError("not asked here")

    def sweep(self, wanted: Collection[str]) -> None:
        raise AssertionError("nothing is run here")

    def log_command(self, process: str, since: float | None, lines: int, follow: bool) -> list[str]:
        return ["true"]

    def faults(self, processes: Mapping[str, float]) -> list[dict[str, str]]:
        return []

    def notices(self) -> list[str]:
        return []


class CheckBackend(ServerCase):
    def check(self, manager: Told, timeout: float = 1.5, steady: float = 0) -> str:
        spec = release_spec()
        spec = replace(spec, health=replace(spec.health, timeout=timeout))
        paths = SitePaths(self.folder, self.folder, self.folder)
        with mock.patch.object(SitePaths, "backend_socket", lambda *_: self.path):
            return check_backend(paths, manager, spec, f"{R1}.1", time.sleep, steady)[1]

    def test_so_many_good_answers_in_a_row(self) -> None:
        answers = [b"500 X", b"200 OK", b"200 OK", b"503 X", b"200 OK", b"200 OK", b"200 OK", b"500 X"]
        told = iter(answers)
        server = self.unix(lambda _: response(next(told).decode()))
        manager = Told(UP)
        self.assertRegex(self.check(manager), GOOD)
        self.assertEqual(len(server.heads), 7)
        self.assertEqual(manager.pids, [os.getpid()] * 7)

    def test_waits_for_a_server_that_is_not_there_yet(self) -> None:
        began = time.monotonic()

        def late(_: bytes) -> bytes:
            return response("200 OK" if time.monotonic() - began > 0.4 else "503 Starting")

        self.unix(late)
        words = self.check(Told(UP))
        self.assertRegex(words, GOOD)
        self.assertGreater(float(words.split()[-2]), 0.3)

    def test_never_healthy(self) -> None:
        self.unix(lambda _: response("500 Oops", b"Traceback: no such table"))
        with self.assertRaises(StepFailure) as caught:
            self.check(Told(UP), 0.3)
        self.assertEqual(caught.exception.what, "not healthy within 0.3 s: /healthz answered 500, not 200")
        self.assertEqual(caught.exception.answer, HealthAnswer(500, None, "Traceback: no such table"))
        self.assertEqual(caught.exception.log, [f"log of web {R1}.1"])

    def test_a_400_names_the_host_that_was_asked_for(self) -> None:
        server = self.unix(lambda _: response("400 Bad Request"))
        with self.assertRaises(StepFailure) as caught:
            self.check(Told(UP), 0.3)
        address = Address.of(release_spec().url)
        self.assertIn(f"`Host: {address.header}`", caught.exception.next_step)
        self.assertIn(f"Add {address.host!r} to ALLOWED_HOSTS", caught.exception.next_step)
        self.assertIn(f"\r\nHost: {address.header}\r\n".encode(), server.heads[0])

    def test_a_slow_bad_answer_is_told_and_not_that_the_last_ask_was_cut_off(self) -> None:
        def slow(_: bytes) -> bytes:
            time.sleep(0.3)
            return response("500 Oops")

        self.unix(slow)
        with self.assertRaises(StepFailure) as caught:
            self.check(Told(UP), 0.5)
        self.assertIn("answered 500", caught.exception.what)

    def test_no_answer_at_all(self) -> None:
        with self.assertRaises(StepFailure) as caught:
            self.check(Told(UP), 0.3)
        self.assertIn("no answer on the socket", caught.exception.what)

    def test_another_process_on_the_socket_does_not_count(self) -> None:
        server = self.unix(lambda _: response("200 OK"))
        with self.assertRaises(StepFailure) as caught:
            self.check(Told(UP, owns=False), 0.3)
        self.assertIn(f"process {os.getpid()} answers on the socket, and it is not", caught.exception.what)
        self.assertEqual(server.heads, [])

    def test_a_backend_that_restarts_while_it_is_asked(self) -> None:
        self.unix(lambda _: response("200 OK"))
        manager = Told(UP, UP, replace(UP, incarnation="inv/1/8"))
        with self.assertRaises(StepFailure) as caught:
            self.check(manager)
        self.assertIn("the new backend died", caught.exception.what)

    def test_it_outlives_its_first_answer(self) -> None:
        server = self.unix(lambda _: response("200 OK"))
        began = time.monotonic()
        self.assertRegex(self.check(Told(UP), steady=0.4), GOOD)
        self.assertGreaterEqual(time.monotonic() - began, 0.4)
        self.assertEqual(len(server.heads), 3)

    def test_dead_after_its_first_answer(self) -> None:
        self.unix(lambda _: response("200 OK"))
        dead = replace(UP, up=False)
        with self.assertRaises(StepFailure):
            self.check(Told(UP, UP, dead), steady=0.4)

    def test_a_dead_one_is_not_waited_for(self) -> None:
        began = time.monotonic()
        with self.assertRaises(StepFailure):
            self.check(Told(UP, replace(UP, up=False)), 30)
        self.assertLess(time.monotonic() - began, 5)

    def test_whoever_pauses_may_end_it(self) -> None:
        class Ended(Exception):
            pass

        def pause(_: float) -> None:
            raise Ended

        with mock.patch.object(SitePaths, "backend_socket", lambda *_: self.path), self.assertRaises(Ended):
            check_backend(SitePaths(Path(), Path(), Path()), Told(UP), release_spec(), f"{R1}.1", pause)


class VerifyLocal(ServerCase):
    def verify(
        self,
        told: bytes,
        status: str = "200 OK",
        patience: float = 0.3,
        steady: float = 0,
        since: float | None = None,
    ) -> str:
        server = self.web(
            lambda head: response(status, told) if b" /static/graceful.txt " in head else response("200 OK")
        )
        spec = release_spec(
            static={"root": "static", "url": "/static/"},
            verify={"public": True, "local": f"http://127.0.0.1:{server.port}"},
        )
        return verify_local(spec, R1, time.sleep, patience, steady, since)

    def test_health_and_the_releases_own_name(self) -> None:
        self.assertEqual(
            self.verify(f"{R1}\n".encode(), patience=10), "3 good answers through the host's web server"
        )

    def test_it_is_asked_until_enough_time_has_passed_since_its_first_good_answer(self) -> None:
        for ago, least in ((None, 0.4), (0.2, 0.2)):
            with self.subTest(ago):
                began = time.monotonic()
                since = None if ago is None else began - ago
                self.verify(f"{R1}\n".encode(), patience=10, steady=0.4, since=since)
                self.assertGreaterEqual(time.monotonic() - began, least)
        said = self.verify(f"{R1}\n".encode(), patience=10, steady=0.4, since=time.monotonic() - 0.4)
        self.assertEqual(said, "3 good answers through the host's web server")

    def test_another_release_is_served(self) -> None:
        with self.assertRaises(StepFailure) as caught:
            self.verify(f"{R2}\n".encode())
        self.assertIn(f"/static/graceful.txt names release {R2}, not {R1}", caught.exception.what)

    def test_static_files_are_not_served_from_current(self) -> None:
        with self.assertRaises(StepFailure) as caught:
            self.verify(b"", "404 Not Found")
        self.assertIn("/static/graceful.txt answered 404", caught.exception.what)

    def test_no_web_server(self) -> None:
        spec = release_spec(verify={"public": True, "local": "http://127.0.0.1:1"})
        with self.assertRaises(StepFailure) as caught:
            verify_local(spec, R1, time.sleep, 0.2)
        self.assertIn("no answer from the host's web server", caught.exception.what)

"""What a transaction tells of its own downtime, on a site of plain processes."""

from __future__ import annotations

from typing import Any
from unittest import mock

from graceful.operation.going import run_activate, run_restart
from graceful.operation.words import in_words

from .plain_site import ASKED, PlainSite
from .plain_site import load_tests as load_tests
from .support import R1, R2


class Measured(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        for release in (R1, R2):
            self.staged(release)
        self.put_live(R1)

    def order(self, *kinds: str) -> list[str]:
        """What was told of downtime and of these steps, in its order; ends of steps are told as `/step`."""
        told = []
        for kind, body in self.tell.told:
            if kind == "step" and body["step"] in kinds:
                told.append(f"{'' if body['status'] == 'begin' else '/'}{body['step']}")
            elif "measur" in kind:
                told.append(kind)
        return told

    def figures(self) -> dict[str, Any]:
        return next(body for kind, body in self.tell.told if kind == "measured")

    def words(self) -> list[str]:
        told = [in_words(kind, body) for kind, body in self.tell.told if "measur" in kind]
        return [words for words in told if words is not None]

    def test_where_nothing_served_before_there_is_nothing_to_measure(self) -> None:
        self.assertEqual(self.words(), ["downtime: not measured: no backend of the site served before"])

    def test_from_before_the_switch_until_after_the_confirm(self) -> None:
        self.tell.told.clear()
        self.put_live(R2)
        self.assertEqual(
            self.order("check", "switch", "confirm"),
            ["check", "/check", "measuring", "switch", "/switch", "confirm", "/confirm", "measured"],
        )
        url = f"http://shop.test:{self.server.server_address[1]}"
        self.assertIn(("measuring", {"url": url, "path": "/healthz", "public": True}), self.tell.told)
        seen = self.figures()
        self.assertEqual((seen["failed"], seen["strategy"]), (0, "overlap"))
        self.assertGreaterEqual(seen["requests"], 2)
        told = f"downtime: 0 of {seen['requests']} requests through the host's web server failed, the slowest took"
        self.assertEqual(self.words(), [f"{told} {seen['worstMs']} ms"])

    def test_until_the_end_of_a_fall_back(self) -> None:
        def spoil() -> None:
            self.how(R2, through=500)
            self.assertTrue(self.server.failed.wait(10))

        self.tell.told.clear()
        self.tell.at["verify"] = spoil
        ended = run_activate(self.context(), R2, ASKED)
        self.assertEqual(ended["result"], "fell-back", ended)
        self.assertEqual(
            self.order("switch", "fall-back"),
            ["measuring", "switch", "/switch", "fall-back", "/fall-back", "measured"],
        )
        self.assertGreaterEqual(self.figures()["failed"], 1)

    def test_a_host_that_cannot_run_two_is_measured_while_it_runs_none(self) -> None:
        self.tell.told.clear()
        self.tell.at["check"] = lambda: self.assertTrue(self.server.failed.wait(10))
        with mock.patch("graceful.operation.run.runs_alone", return_value=True):
            ended = run_restart(self.context(), ASKED)
        self.assertEqual(ended["result"], "live", ended)
        self.assertEqual(
            self.order("start", "confirm"),
            ["measuring", "start", "/start", "confirm", "/confirm", "measured"],
        )
        self.assertGreaterEqual(self.figures()["failed"], 1)
        self.assertIn("`strategy: restart`", self.words()[0])

    def test_a_site_that_is_offline_is_not_measured(self) -> None:
        self.tell.told.clear()
        self.paths.offline.write_text("closed")
        self.put_live(R2)
        self.assertEqual(self.order(), ["unmeasured"])
        self.assertIn("the site is offline", self.words()[0])

    def test_whatever_goes_wrong_with_it_the_release_is_live(self) -> None:
        self.tell.told.clear()
        with mock.patch(
            "graceful.operation.downtime.get_through_web_server", side_effect=MemoryError("no room")
        ):
            self.put_live(R2)
        self.assertEqual(self.visit(), f"{R2}.1")
        self.assertEqual(self.order(), ["measuring", "unmeasured"])
        self.assertEqual(self.words(), ["downtime: not measured: MemoryError: no room"])
        self.tell.told.clear()
        with mock.patch(
            "graceful.operation.downtime.Visits", side_effect=RuntimeError("can't start new thread")
        ):
            self.put_live(R1)
        self.assertEqual(self.words(), ["downtime: not measured: RuntimeError: can't start new thread"])

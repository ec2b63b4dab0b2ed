"""What is live, bit by bit, as another stage asks for it."""

from __future__ import annotations

from graceful.report.live import live_build

from .plain_site import PlainSite, load_tests
from .support import R1, R2

__all__ = ["load_tests"]

BUILD = {"format": 1, "env": {"digest": "e" * 64}}


class Live(PlainSite):
    def told(self) -> dict[str, object]:
        return live_build(self.context())

    def test_nothing_is_live(self) -> None:
        self.assertEqual(self.told(), {"type": "live", "release": None, "state": None, "build": None})

    def test_the_build_of_what_is_live_and_its_state(self) -> None:
        self.staged(R1, build=BUILD)
        self.staged(R2)
        self.put_live(R1)
        told = self.told()
        self.assertEqual((told["release"], told["state"], told["build"]), (R1, "good", BUILD))
        self.context().journal.write("mark", release=R1, state="failed")
        self.assertEqual(self.told()["state"], "failed")

    def test_one_from_before_there_were_artifacts(self) -> None:
        self.staged(R2)
        self.put_live(R2)
        self.assertEqual((self.told()["release"], self.told()["build"]), (R2, None))

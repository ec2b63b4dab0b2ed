"""What is live, bit by bit, as another stage asks for it."""

from __future__ import annotations

import base64

from graceful.report.live import known_trees, live_build
from graceful.store.pieces import cut

from .plain_site import PlainSite, load_tests
from .support import R1, R2, sha256

__all__ = ["load_tests"]

BUILD = {"format": 1, "env": {"digest": "e" * 64}}


class Live(PlainSite):
    def told(self) -> dict[str, object]:
        return live_build(self.context())

    def test_nothing_is_live(self) -> None:
        self.assertEqual(self.told(), {"release": None, "state": None, "build": None})

    def test_the_build_of_what_is_live_and_its_state(self) -> None:
        self.staged(R1, build=BUILD)
        self.staged(R2)
        self.put_live(R1)
        told = self.told()
        self.assertEqual((told["release"], told["state"], told["build"]), (R1, "good", BUILD))
        self.context().journal.write("mark", release=R1, state="failed")
        self.assertEqual(self.told()["state"], "failed")

    def test_what_current_is_to_be_put_aside_is_not_live(self) -> None:
        self.paths.current.symlink_to(self.top)
        self.assertEqual(self.told(), {"release": None, "state": None, "build": None})

    def test_one_from_before_there_were_artifacts(self) -> None:
        self.staged(R2)
        self.put_live(R2)
        self.assertEqual((self.told()["release"], self.told()["build"]), (R2, None))


class Known(PlainSite):
    def test_trees_of_a_build_that_are_in_the_store(self) -> None:
        code = self.keep_tree({f"{place:03}.py": b"%d" % place for place in range(100)})
        env = self.keep_tree({"lib/a.py": b"a"})
        build = {"trees": {"code": code, "static": None, "config": "c" * 64}, "env": {"digest": env}}
        self.assertEqual([tree["digest"] for tree in known_trees(self.context(), build)], [code])
        told = known_trees(self.context(), build, env=True)
        self.assertEqual([(tree["kind"], tree["digest"]) for tree in told], [("code", code), ("env", env)])
        for tree in told:
            pieces = cut(self.paths.tree(tree["digest"]).read_bytes())
            ids = "".join(sha256(piece)[:16] for piece in pieces)
            self.assertEqual(base64.b64decode(tree["pieces"]).hex(), ids)
        self.assertGreater(len(told[0]["pieces"]), len(told[1]["pieces"]))

    def test_nothing_is_known_of_no_build(self) -> None:
        self.assertEqual(known_trees(self.context(), None), [])

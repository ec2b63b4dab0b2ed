"""A `current` that is not ours: what takes its place, and how it comes back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from graceful.operation.recover import recover
from graceful.operation.run import begin, under_lock
from graceful.operation.transact import FROM_START, PLANS, transact
from graceful.release.spec import load_spec
from graceful.site import adopt
from graceful.site.adopt import give_back, take_place

from .plain_site import ASKED, PlainSite
from .plain_site import load_tests as load_tests
from .support import R1


def folder(current: Path) -> None:
    current.mkdir()
    (current / "manage.py").write_text("by hand")


def other_link(current: Path) -> None:
    folder(current.with_name("20250101"))
    current.symlink_to("20250101")


def gone(current: Path) -> None:
    current.symlink_to("releases/20200101T000000Z-0000000")


KINDS: tuple[Callable[[Path], None], ...] = (folder, other_link, gone)


def looks(path: Path) -> tuple[bool, str | None, list[str]]:
    """What stands there."""
    link = os.readlink(path) if path.is_symlink() else None
    return path.exists(), link, sorted(os.listdir(path)) if path.is_dir() else []


class Adopt(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        self.staged(R1)

    def each(self) -> Any:
        """Every kind of a `current` that is not ours, one after the other; yields how it looks."""
        for kind in KINDS:
            with self.subTest(kind=kind.__name__):
                kind(self.paths.current)
                yield looks(self.paths.current)
                for path in (self.paths.current, self.paths.adopted):
                    if os.path.lexists(path):
                        os.rename(path, self.top / f"{kind.__name__}-{path.name}")
                if kind is other_link:
                    os.rename(self.paths.root / "20250101", self.top / "20250101")

    def deploy(self, adopting: bool = True) -> dict[str, Any]:
        """A deploy of a release whose files are here already."""
        context = self.context()

        def work() -> dict[str, Any]:
            transaction = begin(context, "deploy", load_spec(self.paths, R1), ASKED, context.history())
            transaction.adopt = adopting
            return transact(transaction)

        with mock.patch.dict(PLANS, {"deploy": FROM_START}):
            return under_lock(context, "deploy", ASKED, work, adopting)

    def test_is_refused_unless_told(self) -> None:
        for before in self.each():
            ended = self.deploy(adopting=False)
            self.assertEqual((ended["result"], ended["release"]), ("failed", None), ended)
            self.assertIn("adopt: true", ended["failure"]["next"])
            self.assertEqual(looks(self.paths.current), before)

    def test_gives_way_and_is_kept(self) -> None:
        for before in self.each():
            ended = self.deploy()
            self.assertEqual((ended["result"], ended["release"]), ("live", R1), ended)
            self.assertEqual(self.current(), R1)
            self.assertEqual(looks(self.paths.adopted), before)
            self.assertIn("current.adopted", self.tell.words())

    def test_comes_back_when_the_deploy_fails(self) -> None:
        for before in self.each():
            self.how(R1)
            self.tell.at["verify"] = lambda: self.how(R1, through=500)
            ended = self.deploy()
            self.assertEqual(ended["result"], "failed", ended)
            self.assertIn("again what it was before Graceful", ended["message"])
            self.assertEqual(looks(self.paths.current), before)
            self.assertFalse(os.path.lexists(self.paths.adopted))
            self.assertFalse(os.path.lexists(self.paths.candidate))

    def test_what_an_earlier_deploy_has_put_aside_stays_there(self) -> None:
        folder(self.paths.adopted)
        before = looks(self.paths.adopted)
        self.tell.at["verify"] = lambda: self.how(R1, through=500)
        self.assertEqual(self.deploy()["result"], "failed")
        self.assertFalse(os.path.lexists(self.paths.current))
        self.assertEqual(looks(self.paths.adopted), before)

    def test_comes_back_when_the_operation_is_killed(self) -> None:
        def die() -> None:
            raise KeyboardInterrupt

        for before in self.each():
            self.tell.at["verify"] = die
            with self.assertRaises(KeyboardInterrupt):
                self.deploy()
            self.assertEqual(self.current(), R1)
            recover(self.context())
            self.assertEqual(looks(self.paths.current), before)

    @contextmanager
    def killed_at(self, act: str) -> Iterator[None]:
        killed = mock.patch(f"graceful.operation.{act}", side_effect=KeyboardInterrupt)
        with killed, self.assertRaises(KeyboardInterrupt):
            yield

    def recovered_again_and_again(self, killed: str) -> None:
        """A deploy that is killed there, and then each recovery just before its end."""
        for before in self.each():
            self.how(R1)
            self.tell.at["verify"] = lambda: self.how(R1, through=500)
            with self.killed_at(killed):
                self.deploy()
            for _ in range(2):
                with self.killed_at("recover.end"):
                    recover(self.context())
                self.assertEqual(looks(self.paths.current), before)
            recover(self.context())
            self.assertEqual(looks(self.paths.current), before)
            self.assertEqual(self.running(), [])
            self.tell.at.clear()

    def test_what_has_not_given_way_yet_stays(self) -> None:
        self.recovered_again_and_again("steps.switch_over")

    def test_what_was_given_back_already_stays(self) -> None:
        self.recovered_again_and_again("undo.mark_failed")


class Renames(PlainSite):
    def setUp(self) -> None:
        super().setUp()
        self.staged(R1)

    def both_ways(self) -> None:
        for kind in (folder, other_link):
            with self.subTest(kind=kind.__name__):
                kind(self.paths.current)
                before = looks(self.paths.current)
                self.paths.candidate.symlink_to(f"releases/{R1}")
                take_place(self.paths)
                self.assertEqual(self.current(), R1)
                self.assertTrue(give_back(self.paths))
                self.assertEqual(looks(self.paths.current), before)
                self.assertFalse(give_back(self.paths))
                os.rename(self.paths.current, self.top / kind.__name__)

    def test_by_exchange(self) -> None:
        self.both_ways()

    def test_where_no_exchange_is_known(self) -> None:
        with mock.patch.object(adopt, "RENAME_EXCHANGE", 1 << 30):
            self.both_ways()

    def test_killed_between_the_two_renames(self) -> None:
        folder(self.paths.current)
        self.paths.candidate.symlink_to(f"releases/{R1}")
        adopt.exchange(self.paths.candidate, self.paths.current)
        self.assertTrue(give_back(self.paths))
        self.assertEqual(looks(self.paths.current), (True, None, ["manage.py"]))
        self.assertFalse(os.path.lexists(self.paths.candidate))

    def test_killed_between_giving_back_and_tidying(self) -> None:
        folder(self.paths.current)
        self.paths.candidate.symlink_to(f"releases/{R1}")
        take_place(self.paths)
        adopt.exchange(self.paths.adopted, self.paths.current)
        self.assertFalse(give_back(self.paths))
        self.assertEqual(looks(self.paths.current), (True, None, ["manage.py"]))
        self.assertFalse(os.path.lexists(self.paths.adopted))

    def test_what_an_earlier_deploy_has_put_aside_is_not_brought_back_by_another(self) -> None:
        other_link(self.paths.adopted)
        folder(self.paths.current)
        for _ in range(2):
            self.assertFalse(give_back(self.paths))
            self.assertEqual(looks(self.paths.current), (True, None, ["manage.py"]))
            self.assertEqual(looks(self.paths.adopted), (True, "20250101", ["manage.py"]))

    def test_says_which_names_it_could_not_exchange(self) -> None:
        with self.assertRaises(OSError):
            adopt.exchange(self.paths.candidate, self.paths.current)

"""The site's links are only ever replaced by rename(2)."""

from __future__ import annotations

import json
import os
from pathlib import Path

from graceful.site.links import (
    foreign_current,
    linked_release,
    make_link,
    read_links,
    ready_links,
    remove_link,
    replace_link,
    set_links,
)

from .support import R1, R2, R3, SiteCase, release_json


class LinksCase(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = self.paths.root
        for release in (R1, R2, R3):
            folder = self.paths.release(release).folder
            folder.mkdir(parents=True)
            (folder / "release.json").write_text(json.dumps(release_json(id=release)))

    def left(self) -> list[str]:
        """What lies in the root besides the folders that were there before."""
        return sorted(set(os.listdir(self.root)) - {"releases", ".store"})


class Replace(LinksCase):
    def test_no_reader_ever_finds_none(self) -> None:
        """Hundreds of switches under readers that never stop: with unlink + symlink some of them find nothing."""
        replace_link(self.paths.current, f"releases/{R1}")
        stop = self.top / "stop"
        readers = [self.reader(stop, self.top / f"seen{number}") for number in range(2)]
        for count in range(400):
            replace_link(self.paths.current, f"releases/{(R1, R2)[count % 2]}")
        stop.touch()
        self.assertEqual([os.waitpid(reader, 0)[1] for reader in readers], [0, 0])
        for number in range(2):
            seen = (self.top / f"seen{number}").read_text().split()
            self.assertEqual(seen, [f"releases/{R1}", f"releases/{R2}"])
        self.assertEqual(self.left(), ["current"])

    def reader(self, stop: Path, told: Path) -> int:
        """A process that reads `current`, and a file through it, until `stop` exists; writes what it saw to `told`."""
        child = os.fork()
        if child > 0:
            return child
        try:
            seen = set()
            while not stop.exists():
                seen.add(os.readlink(self.paths.current))
                os.stat(self.paths.current / "release.json")
            told.write_text("\n".join(sorted(seen)))
            os._exit(0)
        finally:
            os._exit(1)

    def test_a_link_to_a_folder_is_replaced_and_not_entered(self) -> None:
        replace_link(self.paths.current, f"releases/{R1}")
        replace_link(self.paths.current, f"releases/{R2}")
        self.assertEqual(os.listdir(self.paths.release(R1).folder), ["release.json"])
        self.assertEqual(linked_release(self.paths, "current"), R2)

    def test_what_a_broken_off_attempt_left_is_no_hindrance(self) -> None:
        make_link(self.root / f".current.{os.getpid()}", "elsewhere", self.owner)
        replace_link(self.paths.current, f"releases/{R1}")
        self.assertEqual((linked_release(self.paths, "current"), self.left()), (R1, ["current"]))

    def test_remove(self) -> None:
        replace_link(self.paths.current, f"releases/{R1}")
        remove_link(self.paths.current)
        remove_link(self.paths.current)
        self.assertEqual(self.left(), [])


class Read(LinksCase):
    def test_all_four(self) -> None:
        nothing = {"current": None, "previous": None, "working": None, "previous-working": None}
        self.assertEqual(read_links(self.paths), nothing)
        set_links(self.paths, {"current": R2, "previous": R1})
        self.assertEqual(read_links(self.paths), {**nothing, "current": R2, "previous": R1})

    def test_only_what_is_ours(self) -> None:
        for target in (
            f"/srv/shop/releases/{R1}",
            f"./releases/{R1}",
            f"releases/{R1}/",
            f"releases/{R1}/code",
            "releases/1",
            "releases/",
            R1,
            "x",
        ):
            with self.subTest(target):
                make_link(self.paths.current, target, self.owner)
                self.assertIsNone(linked_release(self.paths, "current"))


class SetLinks(LinksCase):
    def inode(self, name: str) -> int:
        return (self.root / name).lstat().st_ino

    def test_wanted_missing_and_right_already(self) -> None:
        set_links(self.paths, {"current": R2, "previous": R1, "working": R1})
        before = self.inode("current")
        wanted = {"current": R2, "previous": None, "working": R2, "previous-working": R1}
        for _ in range(2):
            set_links(self.paths, wanted)
            self.assertEqual(read_links(self.paths), wanted)
        self.assertEqual(self.inode("current"), before)

    def test_links_made_ready_are_used(self) -> None:
        ready = self.root / ".op"
        ready.mkdir()
        set_links(self.paths, {"current": R1})
        ready_links(ready, {"current": R2, "previous": R1, "working": None}, self.owner)
        self.assertEqual(sorted(os.listdir(ready)), ["current", "previous"])
        inodes = {name: (ready / name).lstat().st_ino for name in ("current", "previous")}
        set_links(self.paths, {"current": R2, "previous": R1}, ready)
        self.assertEqual({name: self.inode(name) for name in inodes}, inodes)
        self.assertEqual(os.listdir(ready), [])

    def test_links_made_ready_for_another_release_are_not(self) -> None:
        ready = self.root / ".op"
        ready.mkdir()
        ready_links(ready, {"current": R3}, self.owner)
        set_links(self.paths, {"current": R2}, ready)
        self.assertEqual(linked_release(self.paths, "current"), R2)
        self.assertEqual(os.listdir(ready), ["current"])

    def test_ready_twice(self) -> None:
        ready_links(self.top, {"current": R1}, self.owner)
        ready_links(self.top, {"current": R2}, self.owner)
        self.assertEqual(os.readlink(self.top / "current"), f"releases/{R2}")


class ForeignCurrent(LinksCase):
    def test_none(self) -> None:
        self.assertIsNone(foreign_current(self.paths))

    def test_ours(self) -> None:
        replace_link(self.paths.current, f"releases/{R1}")
        self.assertIsNone(foreign_current(self.paths))

    def test_a_folder(self) -> None:
        self.paths.current.mkdir()
        self.assertEqual(foreign_current(self.paths), "is a folder, not a link of Graceful's")

    def test_a_file(self) -> None:
        self.paths.current.write_text("")
        self.assertEqual(foreign_current(self.paths), "is a file, not a link of Graceful's")

    def test_another_tools_links(self) -> None:
        (self.paths.releases / "20240101").mkdir()
        for target in ("releases/20240101", str(self.paths.release(R1).folder), "gone"):
            with self.subTest(target):
                make_link(self.paths.current, target, self.owner)
                self.assertEqual(foreign_current(self.paths), f"is a link to {target}, not one of Graceful's")

    def test_a_release_that_is_gone_or_never_was_whole(self) -> None:
        (self.paths.releases / "20200101T000000Z-1234567").mkdir()
        for release in ("20200101T000000Z-1234567", "20200101T000000Z-7654321"):
            with self.subTest(release):
                make_link(self.paths.current, f"releases/{release}", self.owner)
                self.assertEqual(
                    foreign_current(self.paths), f"names {release}, and that release is not there"
                )

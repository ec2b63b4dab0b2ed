"""Making folders out of the store (invariant 12)."""

from __future__ import annotations

import errno
import fcntl
import os
from unittest import mock

from graceful.errors import GracefulError
from graceful.store.assemble import copy_tree, link_tree, read_tree, sync_file_system
from graceful.store.lock import StoreHold
from graceful.store.manifest import Entry

from .support import SiteCase


class Assemble(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.entries = [
            self.file_entry("a/b/deep.txt", b"deep"),
            self.file_entry("a/run", b"#!/bin/sh\n", executable=True),
            Entry("link", "a/start", target="run"),
            self.file_entry("empty.py", b""),
            self.file_entry("same.txt", b"deep"),
        ]
        self.folder = self.top / "out"

    def inode(self, path: str) -> int:
        return (self.folder / path).stat().st_ino

    def stored_inode(self, index: int) -> int:
        entry = self.entries[index]
        return self.paths.object(entry.digest, entry.executable).stat().st_ino

    def modes(self) -> dict[str, int]:
        found = [path for path in self.folder.rglob("*") if not path.is_symlink()]
        return {str(path.relative_to(self.folder)): path.stat().st_mode & 0o7777 for path in found}

    def test_links_for_all_but_empty_files(self) -> None:
        link_tree(self.paths, self.entries, self.folder, self.owner)
        self.assertEqual(self.inode("a/b/deep.txt"), self.stored_inode(0))
        self.assertEqual(self.inode("a/run"), self.stored_inode(1))
        self.assertEqual(self.inode("same.txt"), self.inode("a/b/deep.txt"))
        self.assertNotEqual(self.inode("empty.py"), self.stored_inode(3))
        self.assertEqual((self.folder / "empty.py").read_bytes(), b"")
        self.assertEqual(os.readlink(self.folder / "a/start"), "run")

    def test_code_is_copied(self) -> None:
        copy_tree(self.paths, self.entries, self.folder, self.owner)
        self.assertEqual((self.folder / "a/start").read_bytes(), b"#!/bin/sh\n")
        self.assertEqual((self.folder / "a/b/deep.txt").stat().st_nlink, 1)
        (self.folder / "same.txt").chmod(0o644)
        (self.folder / "same.txt").write_bytes(b"edited")
        self.assertEqual(self.paths.object(self.entries[0].digest, False).read_bytes(), b"deep")

    def test_modes_do_not_depend_on_the_umask(self) -> None:
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        wanted = {
            "a": 0o755,
            "a/b": 0o755,
            "a/b/deep.txt": 0o444,
            "a/run": 0o555,
            "empty.py": 0o444,
            "same.txt": 0o444,
        }
        for make in (link_tree, copy_tree):
            with self.subTest(make.__name__):
                self.folder = self.top / make.__name__
                make(self.paths, self.entries, self.folder, self.owner)
                self.assertEqual(self.modes(), wanted)

    def test_where_no_link_can_be_a_copy_is_made(self) -> None:
        for code in (errno.EMLINK, errno.EXDEV, errno.EPERM):
            with self.subTest(errno.errorcode[code]):
                self.folder = self.top / errno.errorcode[code]
                with mock.patch("os.link", side_effect=OSError(code, "no link")):
                    link_tree(self.paths, self.entries, self.folder, self.owner)
                self.assertEqual((self.folder / "a/run").read_bytes(), b"#!/bin/sh\n")
                self.assertNotEqual(self.inode("a/run"), self.stored_inode(1))
                self.assertEqual(self.modes()["a/run"], 0o555)

    def test_any_other_trouble_is_told(self) -> None:
        with mock.patch("os.link", side_effect=OSError(errno.ENOSPC, "full")), self.assertRaises(OSError):
            link_tree(self.paths, self.entries, self.folder, self.owner)

    def test_an_empty_tree_is_a_folder(self) -> None:
        link_tree(self.paths, [], self.folder, self.owner)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_an_unknown_tree(self) -> None:
        with self.assertRaises(GracefulError) as caught:
            read_tree(self.paths, "a" * 64)
        self.assertEqual(caught.exception.message, "tree aaaaaaaaaaaa is not on this host")

    def test_sync(self) -> None:
        sync_file_system(self.top)
        with self.assertRaises(OSError):
            sync_file_system(self.top / "missing")


class Hold(SiteCase):
    def test_holds_keep_clean_up_away_until_all_are_released(self) -> None:
        first, second = StoreHold(self.paths.store_lock), StoreHold(self.paths.store_lock)
        cleaner = os.open(self.paths.store_lock, os.O_RDWR)
        self.addCleanup(os.close, cleaner)
        for hold in (first, second):
            with self.assertRaises(BlockingIOError):
                fcntl.flock(cleaner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            hold.release()
            hold.release()
        fcntl.flock(cleaner, fcntl.LOCK_EX | fcntl.LOCK_NB)

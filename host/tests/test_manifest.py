"""Manifests are read strictly: a stream from outside decides what is written where."""

from __future__ import annotations

import json
import unittest
from typing import Any

from graceful.errors import GracefulError
from graceful.store.manifest import Entry, parse_manifest, safe_path

from .support import manifest_of

D = "d" * 64


def file(path: str) -> list[Any]:
    return ["file", D, 1, path]


def link(target: str, path: str) -> list[Any]:
    return ["link", target, path]


class Accepted(unittest.TestCase):
    def test_all_kinds(self) -> None:
        text = manifest_of(["exec", D, 7, "bin/run"], link("run", "bin/start"), file("größe/ä b.txt"))
        self.assertEqual(
            parse_manifest(text),
            [
                Entry("exec", "bin/run", D, 7),
                Entry("link", "bin/start", target="run"),
                Entry("file", "größe/ä b.txt", D, 1),
            ],
        )
        self.assertEqual([entry.executable for entry in parse_manifest(text)], [True, False, False])

    def test_an_empty_tree(self) -> None:
        self.assertEqual(parse_manifest(b""), [])

    def test_the_order_is_that_of_bytes(self) -> None:
        # A full stop and a minus sort before the slash: a folder's files need not stand together.
        paths = ["a", "b-c", "b.txt", "b/c", "z", "é", "\uffee", "\U0001f600"]
        self.assertEqual([e.path for e in parse_manifest(manifest_of(*map(file, paths)))], paths)

    def test_links_that_stay_inside(self) -> None:
        for target, path in (
            ("b", "a"),
            (".", "a"),
            ("../b", "a/l"),
            ("..", "a/l"),
            ("./b//c", "a"),
            ("../../x/y", "a/b/l"),
            ("missing/../also", "a"),
        ):
            with self.subTest(target=target, path=path):
                self.assertEqual(parse_manifest(manifest_of(link(target, path)))[0].target, target)

    def test_links_through_links_that_stay_inside(self) -> None:
        text = manifest_of(link("b/c/d", "a"), link("a/..", "up"))
        self.assertEqual(len(parse_manifest(text)), 2)

    def test_a_loop_leads_nowhere(self) -> None:
        self.assertEqual(len(parse_manifest(manifest_of(link("b", "a"), link("a/x", "b")))), 2)


class Refused(unittest.TestCase):
    def refused(self, text: bytes, line: int, why: str) -> None:
        with self.assertRaises(GracefulError) as caught:
            parse_manifest(text)
        self.assertEqual(caught.exception.message.split(": ", 1)[0], f"manifest line {line}")
        self.assertIn(why, caught.exception.message)
        self.assertEqual(caught.exception.code, "bad-request")

    def test_unsafe_paths(self) -> None:
        for path in (
            "",
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../b",
            "a/..",
            ".",
            "./a",
            "a/.",
            "a//b",
            "a/",
            "a\0b",
        ):
            with self.subTest(path):
                self.refused(manifest_of(file(path)), 1, "unsafe path")
                self.assertFalse(safe_path(path))

    def test_paths_that_are_no_text(self) -> None:
        for path in (None, 1, ["a"], {"a": 1}):
            with self.subTest(path):
                self.refused(manifest_of(["file", D, 1, path]), 1, "unsafe path")

    def test_paths_that_no_file_can_have(self) -> None:
        # Half a surrogate pair is JSON, but no UTF-8.
        self.refused(b'["file","' + D.encode() + b'",1,"a\\ud800"]\n', 1, "unsafe path")
        self.refused(b'["link","\\udc80","a"]\n', 1, "links out of its tree")

    def test_order_and_duplicates(self) -> None:
        self.refused(manifest_of(file("b"), file("a")), 2, "out of order")
        self.refused(manifest_of(file("a"), file("a")), 2, "given twice")
        self.refused(manifest_of(file("a"), link("b", "a")), 2, "given twice")
        # UTF-16 would sort these the other way round.
        self.refused(manifest_of(file("\U0001f600"), file("\uffee")), 2, "out of order")

    def test_below_a_file_or_a_link(self) -> None:
        self.refused(manifest_of(file("a"), file("a/b")), 2, "below a file or a link")
        self.refused(manifest_of(link("c", "a"), file("a/b/c")), 2, "below a file or a link")
        self.refused(manifest_of(file("a/b"), file("a/b-c"), file("a/b/c")), 3, "below a file or a link")

    def test_links_out_of_the_tree(self) -> None:
        for target, path in (
            ("", "a"),
            ("/etc/passwd", "a"),
            ("..", "a"),
            ("../x", "a"),
            ("../../x", "a/b"),
            ("b/../../x", "a"),
            ("a\0b", "a"),
        ):
            with self.subTest(target=target, path=path):
                self.refused(manifest_of(link(target, path)), 1, "links out of its tree")

    def test_link_targets_that_are_no_text(self) -> None:
        for target in (None, 1, ["a"]):
            with self.subTest(target):
                self.refused(manifest_of(["link", target, "a"]), 1, "links out of its tree")

    def test_links_that_lead_out_through_another_link(self) -> None:
        self.refused(manifest_of(link(".", "here"), link("here/../x", "out")), 2, "links out of its tree")
        self.refused(manifest_of(link("..", "a/up"), link("a/up/..", "b")), 2, "links out of its tree")
        # The link that the text goes through may come later in the order.
        self.refused(manifest_of(link("z/../x", "a"), link(".", "z")), 1, "links out of its tree")

    def test_entries_of_another_shape(self) -> None:
        for row in (
            ["folder", "a"],
            ["file", "a"],
            ["file", D, "a"],
            ["file", D, 1, 2, "a"],
            ["file", D.upper(), 1, "a"],
            ["file", D[:-1], 1, "a"],
            ["file", None, 1, "a"],
            ["file", D, -1, "a"],
            ["file", D, "1", "a"],
            ["file", D, 1.0, "a"],
            ["file", D, True, "a"],
            ["link", "b", "c", "a"],
            [["file"], D, 1, "a"],
        ):
            with self.subTest(row):
                self.refused(manifest_of(row), 1, "not an entry of a known kind")

    def test_lines_that_are_no_entries(self) -> None:
        for line in (b"", b"{}", b"[]", b"1", b"null", b"[", b'["file","\xff",1,"a"]', b"[" * 100_000):
            with self.subTest(line[:20]):
                self.refused(line + b"\n" + json.dumps(file("a")).encode() + b"\n", 1, "not an entry")

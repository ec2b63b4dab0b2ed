"""`release.json`: each field that is wrong is named."""

from __future__ import annotations

import copy
import json
import unittest
from typing import Any

from graceful.errors import GracefulError
from graceful.release.spec import Health, Process, Spec, Times, load_spec
from graceful.wire import Message, encode

from .support import R1, R2, SiteCase, release_json, release_spec

MISSING = object()


def changed(where: str, value: Any) -> dict[str, Any]:
    """A release's description with the field at `a.b` replaced, or left out."""
    told = copy.deepcopy(release_json(static={"root": "static", "url": "/static/"}))
    *parents, last = where.split(".")
    place = told
    for parent in parents:
        place = place[parent]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return told


class Read(unittest.TestCase):
    def test_whole(self) -> None:
        spec = release_spec(
            shared={"dirs": ["media"], "files": [".env"]}, static={"root": "static", "url": "/static/"}
        )
        self.assertEqual(spec.raw["id"], R1)
        self.assertEqual(spec.health, Health("/healthz", [200], None, 1.5, 3))
        self.assertEqual(spec.times, Times(5, 45, 60, 300, 30, 30, 600, 86400))
        self.assertEqual(
            spec.processes, {"web": Process(["{python}", "-m", "gunicorn", "--bind", "unix:{socket}"])}
        )
        self.assertEqual((spec.shared.dirs, spec.shared.files), (["media"], [".env"]))
        self.assertEqual((spec.static_root, spec.static_url, spec.static), ("static", "/static/", None))
        self.assertEqual((spec.verify_public, spec.verify_local, spec.migrate), (True, None, False))

    def test_processes_beside_web(self) -> None:
        web, beat = {"argv": ["x"]}, {"argv": ["y", "z"], "stopMs": 1500, "singleton": True}
        spec = release_spec(processes={"web": web, "beat": beat})
        self.assertEqual(spec.others, {"beat": Process(["y", "z"], 1.5, True)})

    def test_what_may_be_null(self) -> None:
        spec = release_spec(
            static=None,
            health={"path": "/", "status": None, "body": None, "timeoutMs": 1, "successes": 1},
        )
        self.assertEqual((spec.static_root, spec.static_url, spec.health.status), (None, None, None))

    def test_fields_that_are_missing_or_of_another_type(self) -> None:
        texts = [
            "id",
            "commit",
            "deployKey",
            "trees.code",
            "env.hash",
            "project",
            "url",
            "health.path",
            "static.root",
        ]
        numbers = [
            f"times.{name}Ms"
            for name in ("heartbeat", "lease", "confirm", "standby", "drain", "grace", "lock")
        ]
        numbers += ["health.timeoutMs", "health.successes"]
        flags = ["migrate", "verify.public"]
        lists = ["manage", "shared.dirs", "shared.files", "processes.web.argv"]
        objects = [
            "trees",
            "env",
            "processes",
            "processes.web",
            "shared",
            "health",
            "verify",
            "times",
            "origin",
        ]
        bad: list[tuple[str, Any]] = []
        bad += [(where, value) for where in texts for value in (MISSING, None, 1, ["x"])]
        bad += [(where, value) for where in numbers for value in (MISSING, None, "1", 1.5, True)]
        bad += [(where, value) for where in flags for value in (MISSING, None, 1, "yes")]
        bad += [(where, value) for where in lists for value in (MISSING, None, "x", [1], {"a": "b"})]
        bad += [(where, value) for where in objects for value in (MISSING, None, "x", [])]
        bad += [("health.status", value) for value in (200, ["200"], [True], "2xx")]
        bad += [
            (where, 1) for where in ("trees.static", "health.body", "verify.local", "static.url", "static")
        ]
        for where, value in bad:
            if where == "processes.web" and value is MISSING:
                continue
            with self.subTest(where=where, value=value):
                with self.assertRaises(GracefulError) as caught:
                    Spec.read(Message(changed(where, value), "deploy.release"))
                parents, _, last = f"deploy.release.{where}".rpartition(".")
                self.assertTrue(caught.exception.message.startswith(f"{parents}: `{last}` must be "))
                self.assertEqual(caught.exception.code, "bad-request")

    def test_paths_that_leave_the_project(self) -> None:
        for path in ("..", "/", "/media", "../media", "a/../b", "a//b", "", "./a"):
            for where, value in (
                ("project", path),
                ("static.root", path),
                ("shared.dirs", ["media", path]),
                ("shared.files", [path]),
            ):
                if (where, path) == ("static.root", ""):
                    continue
                with self.subTest(where=where, path=path):
                    with self.assertRaises(GracefulError) as caught:
                        Spec.read(Message(changed(where, value), "deploy.release"))
                    self.assertEqual(
                        caught.exception.message, f"deploy.release: {path!r} must lie inside the project"
                    )

    def test_names_of_processes_are_names_of_files(self) -> None:
        for name in ("", "../web", "a/b", "we b", ".web"):
            with self.subTest(name), self.assertRaises(GracefulError):
                release_spec(processes={name: {"argv": ["x"]}})


class Load(SiteCase):
    def test_round_trip(self) -> None:
        folder = self.paths.release(R1).folder
        folder.mkdir(parents=True)
        (folder / "release.json").write_text(json.dumps(release_json()), encoding="utf-8")
        self.assertEqual(load_spec(self.paths, R1), release_spec())

    def test_a_release_that_is_not_here(self) -> None:
        with self.assertRaises(GracefulError) as caught:
            load_spec(self.paths, R2)
        self.assertEqual(caught.exception.message, f"release {R2} is not on this host")


class Wire(unittest.TestCase):
    def test_lines_that_are_no_messages(self) -> None:
        for line, why in (
            (b"", "is not JSON"),
            (b"{", "is not JSON"),
            (b"\xff", "is not JSON"),
            (b"[]", "not a JSON object"),
        ):
            with self.subTest(line):
                with self.assertRaises(GracefulError) as caught:
                    Message.parse(line, "message")
                self.assertIn(why, caught.exception.message)
                self.assertEqual(caught.exception.code, "protocol")

    def test_a_line_that_nests_without_end(self) -> None:
        with self.assertRaises(GracefulError):
            Message.parse(b"[" * 200_000, "message")

    def test_encode(self) -> None:
        self.assertEqual(encode({"a": "ü\n", "b": None}), '{"a":"ü\\n","b":null}\n'.encode())

    def test_bytes_of_a_log_that_are_no_text_survive(self) -> None:
        self.assertEqual(encode({"a": os_text(b"\xff")}), b'{"a":"\xff"}\n')


def os_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")

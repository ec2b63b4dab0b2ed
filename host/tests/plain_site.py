"""A whole site without a host: releases of a few lines, a process manager that keeps plain processes, and a web server that
follows `current` (or `candidate`). Real processes, sockets and files; what a booted host adds is tested there."""

from __future__ import annotations

import json
import os
import pwd
import threading
import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock

from graceful.check.http import Address, NoAnswer, get_through_socket, get_through_web_server
from graceful.journal.history import History
from graceful.journal.journal import read_journal
from graceful.operation.asked import Asked
from graceful.operation.context import Alone, Context
from graceful.operation.going import run_activate
from graceful.site.links import linked_release, read_links
from graceful.site.settings import Site

from .plain_manager import Plain
from .plain_web import WebServer
from .support import SiteCase, release_json

ASKED = Asked({"actor": "ada"}, 5)


class Listener(Alone):
    """An operation's follower that keeps what it is told, and acts when a step begins."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.at: dict[str, Callable[[], None]] = {}

    def emit(self, kind: str, **body: Any) -> None:
        self.told.append((kind, body))
        if kind == "step" and body["status"] == "begin" and body["step"] in self.at:
            self.at.pop(body["step"])()

    def words(self) -> str:
        """All notices."""
        return "\n".join(body["message"] for kind, body in self.told if kind == "notice")


class PlainSite(SiteCase):
    """A test with such a site. Nothing is live."""

    def setUp(self) -> None:
        super().setUp()
        me = pwd.getpwuid(os.geteuid()).pw_name
        self.site = Site("shop", self.paths.root, self.paths.store, "plain", me, ("web",), me)
        self.paths.operations.mkdir(mode=0o700)
        self.paths.bin.mkdir()
        self.manager = Plain(self.paths.root, self.paths.run)
        self.addCleanup(self.end)
        self.server = WebServer(self.paths.root)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.tell = Listener()
        for module in ("steps", "by_hand"):
            # What these releases die of, they die of at once.
            patched = mock.patch(f"graceful.operation.{module}.STEADY", 0.05)
            patched.start()
            self.addCleanup(patched.stop)
        self._count = 0

    def end(self) -> None:
        for process in self.manager.processes.values():
            process.kill()
            process.wait()

    def context(self) -> Context:
        """That of a new operation."""
        self._count += 1
        return Context(self.site, self.paths, self.manager, f"op-{self._count}", self.tell)

    def staged(self, release: str, migrations: tuple[str, ...] = (), **changes: Any) -> str:
        """A release that is on the host; returns its id."""
        folder = self.paths.release(release)
        folder.static.mkdir(parents=True)
        (folder.static / "graceful.txt").write_text(f"{release}\n")
        port = self.server.server_address[1]
        spec = {
            **release_json(id=release, url=f"http://shop.test:{port}"),
            "static": {"root": "static", "url": "/static/"},
            # Nothing here waits for the end of it, and a busy machine starts programs slowly.
            "health": {"path": "/healthz", "status": None, "body": None, "timeoutMs": 20_000, "successes": 1},
            **changes,
        }
        folder.manifest.write_text(json.dumps(spec))
        self.how(release)
        journal = self.context().journal
        journal.write("stage", release=release, commit=release[-7:])
        if migrations:
            journal.write("migrated", release=release, migrations=list(migrations))
        return release

    def how(self, release: str, **how: Any) -> None:
        """How the release's servers answer from here on."""
        path = self.paths.release(release).folder / "how"
        path.with_suffix(".new").write_text(json.dumps(how))
        os.replace(path.with_suffix(".new"), path)

    def put_live(self, *releases: str) -> None:
        """Each after the other."""
        for release in releases:
            ended = run_activate(self.context(), release, ASKED)
            self.assertEqual(ended["result"], "live", ended)

    def lose(self, release: str) -> str:
        """The live backend of a release dies; returns its name."""
        name = self.active(release)
        self.manager.processes[name].kill()
        self.manager.processes[name].wait()
        return name

    def active(self, release: str) -> str:
        """Name of the release's active backend, by the journal."""
        found = self.history().backend_of(release, "active")
        assert found is not None
        return found.name

    def history(self) -> History:
        return self.context().history()

    def steps(self, op: str | None = None) -> list[str]:
        """The journal's steps, or those of one operation."""
        return [record["step"] for record in read_journal(self.paths.journal) if op in (None, record["op"])]

    def running(self) -> list[str]:
        """Backends whose processes live, oldest first."""
        return [name for name, process in self.manager.processes.items() if process.poll() is None]

    def roles(self) -> dict[str, str]:
        """Of the backends that were not told to end, by the journal."""
        known = self.history().backends.values()
        return {backend.name: backend.role for backend in known if not backend.role.startswith("stop")}

    def links(self) -> dict[str, str | None]:
        return read_links(self.paths)

    def current(self) -> str | None:
        return linked_release(self.paths, "current")

    def visit(self) -> str:
        """What a visitor gets: the backend that answers, or the status where that is no 200."""
        url = Address.of(f"http://shop.test:{self.server.server_address[1]}")
        answer = get_through_web_server(url, None, "/", 5)
        return answer.body if answer.status == 200 else str(answer.status)

    def ask(self, backend: str) -> bool:
        """True where a backend answers."""
        url = Address.of("http://shop.test")
        try:
            get_through_socket(self.paths.backend_socket(backend), url, "/", 5)
        except NoAnswer:
            return False
        return True


def load_tests(_: unittest.TestLoader, found: unittest.TestSuite, __: str | None) -> unittest.TestSuite:
    """For each module of such tests: they take long, so they are run with one of the Pythons that others are run with."""
    return unittest.TestSuite() if os.environ.get("GRACEFUL_TEST_QUICK") else found


class Visitors:
    """Come one after the other while the body runs, the first before it and the last after it; `seen` is what each got."""

    def __init__(self, site: PlainSite) -> None:
        self.seen: list[str] = []
        self._site = site
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._come)

    def _come(self) -> None:
        while not self._over.wait(0.005):
            self.seen.append(self._site.visit())

    def __enter__(self) -> Visitors:
        self.seen.append(self._site.visit())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.seen.append(self._site.visit())

    def changes(self) -> list[str]:
        """What was seen, each run of the same once."""
        return [one for number, one in enumerate(self.seen) if number == 0 or self.seen[number - 1] != one]

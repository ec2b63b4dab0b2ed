"""Parts that several tests need: a temporary site, release ids, descriptions as the runner sends them."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import unittest
from pathlib import Path
from typing import Any

from graceful.release.spec import Spec
from graceful.site.owner import Owner
from graceful.site.paths import SitePaths
from graceful.store.assemble import make_store
from graceful.store.manifest import Entry
from graceful.wire import Message

R1 = "20260101T000000Z-aaaaaaa"
R2 = "20260102T000000Z-bbbbbbb"
R3 = "20260103T000000Z-ccccccc"
R4 = "20260104T000000Z-ddddddd"
ENV = "e" * 64


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def manifest_of(*rows: list[Any]) -> bytes:
    """The bytes of a manifest with these rows, in their order."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


class SiteCase(unittest.TestCase):
    """A test with an empty site of its own: `paths`, whose store exists, and `owner`, of the group of whoever tests."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="graceful-unit-")
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name)
        root = self.top / "shop"
        root.mkdir()
        self.paths = SitePaths(root, root / ".store", root / "run")
        self.owner = Owner(os.getgid())
        make_store(self.paths, self.owner)

    def keep_object(self, content: bytes, executable: bool = False) -> str:
        """Puts an object into the store; returns its digest."""
        digest = sha256(content)
        path = self.paths.object(digest, executable)
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_bytes(content)
            path.chmod(0o555 if executable else 0o444)
        return digest

    def keep_tree(self, files: dict[str, bytes], links: dict[str, str] | None = None) -> str:
        """Puts a tree with its objects into the store; returns its digest. Programs are those below `bin/`."""
        rows = [
            ["exec" if path.startswith("bin/") else "file", self._kept(path, content), len(content), path]
            for path, content in files.items()
        ]
        rows += [["link", target, path] for path, target in (links or {}).items()]
        text = manifest_of(*sorted(rows, key=lambda row: str(row[-1]).encode()))
        self.paths.tree(sha256(text)).write_bytes(text)
        return sha256(text)

    def _kept(self, path: str, content: bytes) -> str:
        return self.keep_object(content, path.startswith("bin/"))

    def file_entry(self, path: str, content: bytes, executable: bool = False) -> Entry:
        """The entry of a file whose content is in the store."""
        digest = self.keep_object(content, executable)
        return Entry("exec" if executable else "file", path, digest, len(content))


def release_json(**changes: Any) -> dict[str, Any]:
    """A release as the runner describes it; `changes` replace top fields."""
    told: dict[str, Any] = {
        "id": R1,
        "site": "shop",
        "commit": "a" * 40,
        "ref": "refs/heads/main",
        "commitUrl": None,
        "origin": {"actor": "ada"},
        "createdAt": "2026-01-01T00:00:00Z",
        "deployKey": "d" * 64,
        "trees": {"code": "c" * 64, "static": None},
        "env": {"hash": ENV, "inputs": "f" * 64, "python": "3.11", "packages": []},
        "project": ".",
        "processes": {"web": {"argv": ["{python}", "-m", "gunicorn", "--bind", "unix:{socket}"]}},
        "manage": ["{python}", "manage.py"],
        "shared": {"dirs": [], "files": []},
        "static": None,
        "migrate": False,
        "url": "https://shop.test",
        "health": {"path": "/healthz", "status": [200], "body": None, "timeoutMs": 1500, "successes": 3},
        "verify": {"public": True, "local": None},
        "times": {
            "heartbeatMs": 5000,
            "leaseMs": 45000,
            "confirmMs": 60000,
            "standbyMs": 300000,
            "drainMs": 30000,
            "graceMs": 30000,
            "lockMs": 600000,
            "keepStaticMs": 86400000,
        },
    }
    return {**told, **changes}


def release_spec(**changes: Any) -> Spec:
    return Spec.read(Message(release_json(**changes), "deploy.release"))

"""What unfolds to far more than was sent: 150 MiB as one, in a process of its own that may hold 100 MB."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

from .shipping_case import ShippingCase


class Bombs(ShippingCase):
    SCRIPT = """
import sys, zlib
from pathlib import Path
from graceful.errors import GracefulError
from graceful.site.paths import SitePaths
from graceful.site.owner import Owner
from graceful.store.receive import receive_pack
from graceful.store.wanted import Wanted, read_wanted
from graceful.wire import Message
root, kind, first, digest = Path(sys.argv[1]), *sys.argv[2:5]
paths = SitePaths(root, root / ".store", root / "run")

def bomb():
    deflate = zlib.compressobj(1)
    yield deflate.compress(first.encode().replace(b"@", b"\\n"))
    for _ in range(150):
        yield deflate.compress(bytes(1 << 20))
    yield deflate.flush()

try:
    if kind == "want":
        message = {"type": "want", "trees": [digest], "env": {"hash": digest, "digest": digest}}
        read_wanted(Message(message, "want"), [b"".join(bomb())], paths)
    else:
        wanted = Wanted(True, objects={(digest, False): True}, sizes={(digest, False): 150 << 20})
        receive_pack([b"".join(bomb())], wanted, paths, Owner(int(sys.argv[5])))
except GracefulError as error:
    print(error.message)
"""

    def explode(self, kind: str, first: str, digest: str = "a" * 64) -> str:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (100_000_000, 100_000_000))
            # An object is written as it comes; none of these is to get that far.
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000_000, 10_000_000))

        done = subprocess.run(
            [
                sys.executable,
                "-B",
                "-c",
                self.SCRIPT,
                str(self.paths.root),
                kind,
                first,
                digest,
                str(self.owner.gid),
            ],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            timeout=120,
            preexec_fn=limit,
        )
        self.assertEqual(done.stderr, "")
        self.assertEqual(list(self.paths.incoming.iterdir()), [])
        return done.stdout.strip()

    def test_in_a_header(self) -> None:
        for kind in ("want", "pack"):
            self.assertEqual(self.explode(kind, ""), "the pack holds a header that is too long")

    def test_after_the_end(self) -> None:
        for kind in ("want", "pack"):
            self.assertEqual(self.explode(kind, '{"end":true}@'), "the pack goes on after its end")

    def test_as_a_manifest(self) -> None:
        header = json.dumps({"tree": {"digest": "a" * 64, "bytes": 1 << 30}})
        self.assertEqual(self.explode("want", f"{header}@"), "a manifest of 1073741824 bytes is refused")

    def test_as_an_object_that_was_not_asked_for(self) -> None:
        header = json.dumps({"object": {"sha256": "a" * 64, "executable": True, "bytes": 150 << 20}})
        self.assertEqual(
            self.explode("pack", f"{header}@"),
            "the pack holds an object that was not asked for, 'aaaaaaaaaaaa'",
        )

    def test_as_an_object(self) -> None:
        """One that another run has sent meanwhile: nothing is written, all of it is read, here and there."""
        size = 150 << 20
        hasher = hashlib.sha256()
        for _ in range(150):
            hasher.update(bytes(1 << 20))
        digest = hasher.hexdigest()
        path = self.paths.object(digest, False)
        path.parent.mkdir()
        path.touch()
        os.truncate(path, size)
        header = json.dumps({"object": {"sha256": digest, "executable": False, "bytes": size}})
        self.assertEqual(self.explode("pack", f"{header}@", digest), "the pack ends too early")

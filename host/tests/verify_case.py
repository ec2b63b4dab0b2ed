"""A site with two releases, an environment and assets, all made of the store as a deploy makes them; and what a deploy sends."""

from __future__ import annotations

import json
import os
import pwd
import zlib
from pathlib import Path
from typing import Any, Callable

from graceful.facts import pythons
from graceful.operation.context import Alone, Context
from graceful.operation.verify import verify
from graceful.release.assets import fill_assets
from graceful.release.damage import mend_files
from graceful.release.folder import make_release
from graceful.release.spec import Spec
from graceful.site.links import replace_link
from graceful.site.paths import SitePaths
from graceful.site.settings import Site
from graceful.store.assemble import sync_file_system
from graceful.store.environment import build_environment
from graceful.store.lock import StoreHold
from graceful.store.receive import keep_trees, receive_pack
from graceful.store.roots import register_root
from graceful.store.wanted import Wanted, read_wanted
from graceful.wire import Message

from .plain_manager import Plain
from .shipping_case import END, chunks, item, tree
from .support import ENV, R1, R2, SiteCase, release_spec, sha256

MINOR = pythons()[0]["minor"]
PACKAGES = f"lib/python{MINOR}/site-packages"
#: In every release.
SAME = b"the same in every release\n"
CODE_1 = {"manage.py": b"manage\n", "shop/__init__.py": b"", "shop/views.py": b"views 1\n", "same.py": SAME}
CODE_2 = {**CODE_1, "shop/views.py": b"views 2\n"}
#: A module of the environment's.
VIEWS = b"django's views\n"
STATIC = {
    "app.1234.css": b"hashed\n",
    "app.css": b"plain\n",
    "empty.txt": b"",
    "staticfiles.json": json.dumps({"paths": {"app.css": "app.1234.css"}}).encode(),
}
ENVIRONMENT = {
    f"{PACKAGES}/django/__init__.py": b"",
    f"{PACKAGES}/django/views.py": VIEWS,
    f"{PACKAGES}/django/__pycache__/views.cpython.pyc": b"compiled\n",
    "bin/django-admin": b"#!python\n",
}
#: Paths below the root.
IN_ENV = f".store/envs/{ENV}"
DJANGO = f"{IN_ENV}/{PACKAGES}/django"


class Countdown:
    """A process that dies before its n-th of certain calls."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def until(self, call: Callable[..., object]) -> Callable[..., object]:
        def counted(*given: object, **named: object) -> object:
            self.calls -= 1
            if self.calls == 0:
                raise KeyboardInterrupt
            return call(*given, **named)

        return counted


class VerifyCase(SiteCase):
    """R1 is `previous`, R2 is `current`."""

    def setUp(self) -> None:
        super().setUp()
        me = pwd.getpwuid(os.geteuid()).pw_name
        self.site = Site("shop", self.paths.root, self.paths.store, "plain", me, ("web",), me)
        #: What a runner can send: by digest.
        self.contents: dict[str, bytes] = {}
        self.static, self.env = self.known(STATIC), self.known(ENVIRONMENT)
        self.code = {R1: self.known(CODE_1), R2: self.known(CODE_2)}
        self.prepare(self.paths, "shop")
        StoreHold(self.paths.store_lock).release()
        self.build_env()
        for release, link in ((R1, "previous"), (R2, "current")):
            self.place(self.paths, self.spec(release))
            replace_link(self.paths.root / link, f"releases/{release}")

    def prepare(self, paths: SitePaths, site: str) -> None:
        paths.operations.mkdir(mode=0o700)
        register_root(paths, site, self.owner)

    def known(self, files: dict[str, bytes]) -> str:
        """Puts a tree into the store, and what a runner needs to send it again where this test knows it."""
        digest = self.keep_tree(files)
        self.contents.update((sha256(content), content) for content in files.values())
        self.contents[digest] = self.paths.tree(digest).read_bytes()
        return digest

    def spec(self, release: str, **changes: Any) -> Spec:
        trees = {"code": self.code[release], "static": self.static, "config": None}
        build = {"env": {"hash": ENV, "digest": self.env}}
        shared = {"dirs": ["media"], "files": []}
        static = {"root": "staticfiles", "url": "/static/"}
        told = {"id": release, "trees": trees, "build": build, "shared": shared, "static": static}
        return release_spec(**{**told, **changes})

    def place(self, paths: SitePaths, spec: Spec) -> None:
        """What a deploy does with a release between `receive` and `start`."""
        make_release(paths, spec, {}, self.owner)
        mend_files(paths, self.owner)
        fill_assets(paths, paths.release(spec.id), self.owner)

    def build_env(self) -> None:
        build_environment(self.paths, self.owner, ENV, self.env, MINOR, "django==5\n")

    def context(self, paths: SitePaths | None = None) -> Context:
        here = paths or self.paths
        return Context(self.site, here, Plain(here.root, here.run), "verify", Alone())

    def verify(self, paths: SitePaths | None = None) -> dict[str, Any]:
        """All that verify tells, in one message."""
        told: list[dict[str, Any]] = []
        verify(self.context(paths), told.append)
        self.assertEqual([message["more"] for message in told], [True] * (len(told) - 1) + [False])
        damages = [damage for message in told for damage in message["damages"]]
        self.assertEqual(len(damages), told[-1]["count"])
        return {**told[-1], "damages": damages}

    def found(self, paths: SitePaths | None = None) -> list[tuple[str, str, str]]:
        """Each damage: what it is, what happened to it, and its path below the root."""
        return [
            (damage["part"], damage["kind"], os.path.relpath(damage["path"], self.paths.root))
            for damage in self.verify(paths)["damages"]
        ]

    def want(self, *digests: str) -> Wanted:
        """What the host says it lacks of these trees and the environment."""
        records = b"".join(tree(self.contents[digest]) for digest in digests) + END
        message = {"type": "want", "trees": list(digests), "env": {"hash": ENV, "digest": self.env}}
        return read_wanted(Message(message, "want"), chunks(zlib.compress(records)), self.paths)

    def receive(self, *digests: str) -> int:
        """Sends what is lacking of these trees, as a deploy does; returns how many objects that were."""
        wanted = self.want(*digests)
        lacked = [key for key, lacks in wanted.objects.items() if lacks]
        records = b"".join(item(self.contents[digest], executable) for digest, executable in lacked) + END
        count = receive_pack(chunks(zlib.compress(records)), wanted, self.paths, self.owner)
        sync_file_system(self.paths.store)
        keep_trees(wanted, self.paths, self.owner)
        if wanted.env:
            self.build_env()
        return count

    def deploy(self, release: str) -> int:
        """The release is there afterwards, with all that it needs, and is live."""
        self.code.setdefault(release, self.code[R2])
        sent = self.receive(self.code[release], self.static, self.env)
        self.place(self.paths, self.spec(release))
        replace_link(self.paths.current, f"releases/{release}")
        return sent

    def object(self, content: bytes, executable: bool = False) -> Path:
        return self.paths.object(sha256(content), executable)

    def module(self, name: str = "views.py") -> Path:
        """A file of the environment."""
        return self.paths.env(ENV) / PACKAGES / "django" / name

    def release(self, release: str) -> Path:
        return self.paths.release(release).folder


def damage(path: Path) -> None:
    """Other bytes in the same inode, as of a disk that has failed: every hard link has them."""
    path.chmod(0o644)
    path.write_bytes(b"?" * max(1, path.stat().st_size))
    path.chmod(0o444)


def put(path: Path, content: bytes) -> None:
    """Another file in the place of one, as an editor makes it."""
    other = path.with_name(".other")
    other.write_bytes(content)
    other.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o444)
    other.rename(path)

"""The releases that a store is there for: those of every site that shares it, and what each was made of."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import GracefulError
from ..site.links import read_links
from ..site.paths import RELEASE_ID, ReleasePaths, SitePaths
from ..store.roots import registered_roots
from ..wire import Message
from .spec import Spec, load_spec


@dataclass(frozen=True)
class User:
    """A release that uses what a store holds; `tags` are the links that name it."""

    root: Path
    id: str
    tags: tuple[str, ...]

    @property
    def is_live(self) -> bool:
        return "current" in self.tags


@dataclass(frozen=True)
class Kept:
    """A release on this host, and digests of what it was made of."""

    user: User
    site: SitePaths
    spec: Spec
    #: Of its environment; None for a release of an older program.
    env_tree: str | None

    @property
    def folder(self) -> ReleasePaths:
        return self.site.release(self.user.id)

    @property
    def other_store(self) -> Path | None:
        """The store that it was made from, where the site's was moved since."""
        try:
            env = Path(os.readlink(self.folder.venv))
        except OSError:
            return None
        return env.parent.parent if env.name == self.spec.env and env.parent != self.site.envs else None

    @property
    def trees(self) -> dict[str, str]:
        """By kind, but for the environment's."""
        named = {"code": self.spec.code, "static": self.spec.static, "config": self.spec.config}
        return {kind: digest for kind, digest in named.items() if digest}


def kept_releases(paths: SitePaths, unreadable: Callable[[User, GracefulError], None]) -> Iterator[Kept]:
    """Those of every site that shares the store, live ones first; `unreadable` is told of those that do not say what they are."""
    users = []
    for root in registered_roots(paths):
        site = SitePaths(root, paths.store, paths.run)
        links = read_links(site)
        for name in sorted(os.listdir(site.releases)) if site.releases.is_dir() else []:
            if RELEASE_ID.fullmatch(name):
                tags = tuple(link for link, target in links.items() if target == name)
                users.append((site, User(root, name, tags)))
    for site, user in sorted(users, key=lambda one: not one[1].is_live):
        try:
            spec = load_spec(site, user.id)
            build = Message(spec.raw, "release.json").optional_part("build")
            yield Kept(user, site, spec, build.part("env").text("digest") if build else None)
        except GracefulError as error:
            unreadable(user, error)

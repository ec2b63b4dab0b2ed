"""Clean-up of the store: what no release of any of its sites needs goes."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..site.paths import SitePaths
from ..wire import Message
from .assemble import read_manifest
from .environment import env_tree
from .lock import store_alone
from .roots import registered_roots

#: Without anything pruned the store is looked through this often (seconds): a clean-up may have been killed.
ANYHOW = 86400.0


@dataclass
class Cleaned:
    """What a clean-up removed."""

    objects: int = 0
    trees: int = 0
    envs: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        return f"{self.objects} objects, {self.envs} environments, {self.bytes / 1e6:.1f} MB"


def is_due(paths: SitePaths) -> bool:
    """True where the store was not looked through for a day: its lock's time says when it was. One that does not exist yet is
    never due."""
    try:
        return time.time() - paths.store_lock.stat().st_mtime > ANYHOW
    except FileNotFoundError:
        return False


def clean_store(paths: SitePaths, patience: float) -> Cleaned:
    """Removes what no release of any registered root needs. Raises StoreBusy while somebody sends something.

    An object stays while a tree that is needed names it, or while it is linked from elsewhere (an environment, collected static
    files, assets): then it takes no room of its own.
    """
    cleaned = Cleaned()
    with store_alone(paths.store_lock, patience):
        needed = [spec for root in registered_roots(paths) for spec in _specs(root / "releases")]
        envs = {spec.part("env").text("hash") for spec in needed}
        named = [
            spec.part("trees").optional_text(kind) for spec in needed for kind in ("code", "static", "config")
        ]
        # An environment's own, so that it can be handed on to another stage as a whole.
        built = [
            build.part("env").text("digest") for spec in needed if (build := spec.optional_part("build"))
        ]
        made_of = [env_tree(paths, env) for env in envs]
        trees = {digest for digest in (*named, *built, *made_of) if digest is not None}
        for env in _entries(paths.envs):
            if env.name not in envs:
                _remove_env(env, cleaned)
        # First the trees: a tree that is known is a whole one.
        for folder in (paths.store / "trees", paths.store / "damaged" / "trees"):
            for tree in _entries(folder):
                if tree.name not in trees:
                    tree.unlink()
                    cleaned.trees += 1
        for mark in _entries(paths.store / "damaged" / "envs"):
            if mark.name not in envs:
                mark.unlink()
        objects = {path for digest in trees for path in _objects(paths, digest)}
        for folder in _entries(paths.store / "objects"):
            for file in _entries(folder):
                if file not in objects and file.stat().st_nlink == 1:
                    cleaned.bytes += file.stat().st_blocks * 512
                    file.unlink()
                    cleaned.objects += 1
        os.utime(paths.store_lock)
    return cleaned


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _specs(releases: Path) -> Iterable[Message]:
    """What the releases of a root say of themselves. Raises GracefulError for a damaged one: what it needs cannot be known."""
    for folder in _entries(releases):
        manifest = folder / "release.json"
        if manifest.is_file():
            yield Message.parse(manifest.read_bytes(), str(manifest), "Bring it back from a backup.")


def _remove_env(env: Path, cleaned: Cleaned) -> None:
    # Out of the way by one rename: half an environment never has its name.
    gone = env if env.name.startswith(".") else env.with_name(f".{env.name}.{os.getpid()}")
    if gone != env:
        env.rename(gone)
    # What somebody else has put there stays until the next clean-up.
    shutil.rmtree(gone, ignore_errors=True)
    cleaned.envs += 1


def _objects(paths: SitePaths, digest: str) -> list[Path]:
    """What a tree names; of one that was set aside, what there is need not be sent again. Raises GracefulError for a damaged
    manifest: what it needs cannot be known."""
    manifests = [path for path in (paths.tree(digest), paths.damaged_tree(digest)) if path.is_file()]
    entries = [entry for path in manifests for entry in read_manifest(path, digest)]
    return [paths.object(entry.digest, entry.executable) for entry in entries if entry.kind != "link"]

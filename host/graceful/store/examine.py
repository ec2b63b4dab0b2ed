"""Looking through a store: every object, every manifest, every environment. Only reads; hold the store meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from ..site.paths import OBJECT, SHA256, SitePaths
from .compare import Comparer, Flaw
from .environment import HOST_MADE, may_be_beside
from .manifest import parse_manifest
from .wanted import Key


@dataclass
class Trees:
    """The manifests of a store, by what they are worth."""

    #: Known, and every object is there.
    whole: set[str] = field(default_factory=set)
    #: Known, and an object is damaged or missing.
    false: set[str] = field(default_factory=set)
    #: Set aside by an earlier look; true where every object is there again.
    aside: dict[str, bool] = field(default_factory=dict)
    #: Not what they are named.
    broken: dict[str, Flaw] = field(default_factory=dict)
    #: The trees that name an object which is damaged or missing.
    naming: dict[Key, list[str]] = field(default_factory=dict)

    def manifest(self, paths: SitePaths, digest: str) -> Path | None:
        """Where that of a tree can be read."""
        if digest in self.whole or digest in self.false:
            return paths.tree(digest)
        return paths.damaged_tree(digest) if digest in self.aside else None


def examine_objects(paths: SitePaths, comparer: Comparer) -> Iterator[Flaw]:
    """Reads every object; yields what does not belong among them. `comparer.bad` has the damaged ones."""
    for shard in _listed(paths.store / "objects"):
        for file in _listed(shard):
            if OBJECT.fullmatch(file.name) and file.name[:2] == shard.name:
                comparer.object(file.name[:64], file.name.endswith("x"))
            else:
                yield Flaw(str(file), "added", "was added", "nothing")


def examine_trees(paths: SitePaths, comparer: Comparer, tell: Callable[[Flaw, str], None]) -> Trees:
    """Reads every manifest, after the objects. `tell` is told of each that is damaged, with the digest that names it."""
    trees = Trees()
    for is_known, folder in ((True, paths.store / "trees"), (False, paths.store / "damaged" / "trees")):
        for file in _listed(folder):
            digest = file.name
            if not SHA256.fullmatch(digest):
                continue
            if digest in trees.whole or digest in trees.false:
                # It has been sent again since it was set aside.
                trees.aside[digest] = digest in trees.whole
                continue
            flaw = comparer.named(file, digest)
            if flaw is not None:
                trees.broken[digest] = flaw
                tell(flaw, digest)
                continue
            lacked = lacking(paths, file, comparer.bad.__contains__)
            for key in lacked:
                trees.naming.setdefault(key, []).append(digest)
                if key not in comparer.bad:
                    comparer.object(*key)
            if not is_known:
                trees.aside[digest] = not lacked
            elif lacked:
                trees.false.add(digest)
            else:
                trees.whole.add(digest)
    return trees


def lacking(paths: SitePaths, manifest: Path, is_bad: Callable[[Key], bool]) -> list[Key]:
    """The objects of a tree that are bad or missing, each once."""
    found: dict[Key, bool] = {}
    for entry in parse_manifest(manifest.read_bytes()):
        key = (entry.digest, entry.executable)
        if entry.kind != "link" and key not in found:
            found[key] = is_bad(key) or not os.path.lexists(paths.object(*key))
    return [key for key, lacks in found.items() if lacks]


def examine_env(
    paths: SitePaths, comparer: Comparer, trees: Trees, env_hash: str, digests: Iterable[str]
) -> tuple[list[Flaw], bool]:
    """How an environment differs from the tree that it was made of, which is one of these; and whether it needs nothing, which
    where no such tree is known cannot be told."""
    env = paths.env(env_hash)
    compared = []
    for digest in sorted(digests, key=lambda one: one not in trees.whole):
        manifest = trees.manifest(paths, digest)
        if manifest is not None:
            entries = parse_manifest(manifest.read_bytes())
            flaws = [flaw for flaw, _ in comparer.folder(env, entries, may_be_beside)]
            compared.append((flaws, digest in trees.whole or trees.aside.get(digest, False)))
            if not flaws:
                break
    fewest, is_whole = min(compared, key=lambda one: len(one[0]), default=([], False))
    lacking = [env / name for name in HOST_MADE if env.is_dir() and not (env / name).exists()]
    flaws = [*fewest, *(Flaw(str(path), "missing", "is missing", "made on this host") for path in lacking)]
    return flaws, is_whole and not flaws


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []

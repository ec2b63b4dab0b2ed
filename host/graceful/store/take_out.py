"""Taking what is damaged out of a store, so that it does not count as there any more."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Set
from pathlib import Path

from ..site.owner import Owner
from ..site.paths import SitePaths
from .assemble import sync_file_system
from .compare import Flaw, is_still_there
from .damaged import bring_back, is_marked, mark_env, set_aside, unmark_env
from .examine import Trees, lacking
from .wanted import Key


def take_out(paths: SitePaths, owner: Owner, bad: Mapping[Key, Flaw], trees: Trees) -> None:
    """Objects that are damaged go, and before them the trees that name them are set aside; those that are whole again come back.
    What a deploy or a clean-up has seen to since stays. Have the store alone meanwhile."""
    out = {key for key, flaw in bad.items() if is_still_there(flaw)}
    for flaw in trees.broken.values():
        if is_still_there(flaw):
            _remove(Path(flaw.path))
    for digest in sorted(trees.false):
        if paths.tree(digest).exists() and lacking(paths, paths.tree(digest), out.__contains__):
            set_aside(paths, digest)
    for key in out:
        _remove(paths.object(*key))
    # What a tree that is known names has to be on the disk.
    sync_file_system(paths.store)
    for digest in trees.aside:
        if paths.tree(digest).exists() or not paths.damaged_tree(digest).exists():
            paths.damaged_tree(digest).unlink(missing_ok=True)
        elif not lacking(paths, paths.damaged_tree(digest), out.__contains__):
            bring_back(paths, digest)
    sync_file_system(paths.store)


def mark_envs(paths: SitePaths, owner: Owner, envs: Mapping[str, bool], marked: Set[str]) -> None:
    """By environment, whether it is sound: the others are made anew by the next deploy that uses them. One that was `marked`
    when it was looked at and is not now has been."""
    for env, is_sound in envs.items():
        if is_sound:
            unmark_env(paths, env)
        elif env not in marked or is_marked(paths, env):
            mark_env(paths, owner, env)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

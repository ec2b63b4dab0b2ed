"""What was found damaged and no deploy has mended yet: trees that are known no more, and environments to be made anew."""

from __future__ import annotations

import os

from ..site.owner import Owner
from ..site.paths import SitePaths


def make_damaged(paths: SitePaths, owner: Owner) -> None:
    """The folders for it; fine when they are there."""
    folder = paths.store / "damaged"
    for one in (folder, folder / "trees", folder / "envs"):
        owner.make_folder(one)


def set_aside(paths: SitePaths, digest: str) -> None:
    """A tree is not known any more, so whoever needs it is asked for what is lacking. Its manifest still tells what is right."""
    os.rename(paths.tree(digest), paths.damaged_tree(digest))


def bring_back(paths: SitePaths, digest: str) -> None:
    """A tree that is whole again is known again."""
    os.rename(paths.damaged_tree(digest), paths.tree(digest))


def mark_env(paths: SitePaths, owner: Owner, env_hash: str) -> None:
    """The next deploy that uses the environment makes it anew; meanwhile it stays where it is, since processes run from it."""
    if not is_marked(paths, env_hash):
        owner.write_file(paths.damaged_env(env_hash), b"", owner.file)


def is_sound(paths: SitePaths, env_hash: str) -> bool:
    """True for an environment that is there, and was not found damaged."""
    return paths.env(env_hash).is_dir() and not is_marked(paths, env_hash)


def is_marked(paths: SitePaths, env_hash: str) -> bool:
    """True for an environment that was found damaged."""
    return paths.damaged_env(env_hash).exists()


def unmark_env(paths: SitePaths, env_hash: str) -> None:
    """Fine where there is no mark."""
    paths.damaged_env(env_hash).unlink(missing_ok=True)

"""The site's links. They are only ever replaced by rename(2), so a visitor sees the old or the new one, never none."""

from __future__ import annotations

import os
from pathlib import Path

from .owner import Owner
from .paths import LINKS, RELEASE_ID, SitePaths

#: What to do about a `current` that is not ours.
FOREIGN = (
    "Write `adopt: true` in graceful.yml: the first deploy puts it aside as `current.adopted`, and brings it back if that deploy"
    " fails. Or choose another `root`."
)


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Makes a file's content durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_link(path: Path, target: str, owner: Owner) -> None:
    """A link that replaces whatever stood at `path` from an earlier, broken-off attempt."""
    path.unlink(missing_ok=True)
    owner.make_link(path, target)


def replace_link(path: Path, target: str) -> None:
    """Points `path` at `target` by a unique temporary link and one rename in the same folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    make_link(temporary, target, Owner(path.parent.stat().st_gid))
    os.rename(temporary, path)
    sync_folder(path.parent)


def remove_link(path: Path) -> None:
    """Takes a link away; fine when it is gone already."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    sync_folder(path.parent)


def linked_release(paths: SitePaths, name: str) -> str | None:
    """Id of the release that a link names, or None where it is missing or not ours."""
    try:
        target = os.readlink(paths.root / name)
    except OSError:
        return None
    folder, _, release = target.rpartition("/")
    return release if folder == "releases" and RELEASE_ID.fullmatch(release) else None


def read_links(paths: SitePaths) -> dict[str, str | None]:
    """All four links by name."""
    return {name: linked_release(paths, name) for name in LINKS}


def ready_links(folder: Path, wanted: dict[str, str | None], owner: Owner) -> None:
    """Makes links beforehand, in a folder of the same file system, so that a full disk cannot stop their renames."""
    for name, release in wanted.items():
        if release is not None:
            make_link(folder / name, f"releases/{release}", owner)


def set_links(paths: SitePaths, wanted: dict[str, str | None], ready: Path | None = None) -> None:
    """Makes the named links be as wanted; those that are right already are left alone. Can be repeated.

    A link that `ready_links` made in the folder `ready` is used where it has the right target.
    """
    for name, release in wanted.items():
        path = paths.root / name
        if release is None:
            remove_link(path)
        elif linked_release(paths, name) != release:
            target = f"releases/{release}"
            if ready is not None and _is_link_to(ready / name, target):
                os.rename(ready / name, path)
                sync_folder(paths.root)
            else:
                replace_link(path, target)


def _is_link_to(path: Path, target: str) -> bool:
    try:
        return os.readlink(path) == target
    except OSError:
        return False


def foreign_current(paths: SitePaths) -> str | None:
    """What is wrong with `current` where it is not a link of ours to a release, as the end of a sentence; else None."""
    return foreign(paths, paths.current)


def foreign(paths: SitePaths, path: Path) -> str | None:
    """The same of any link beside `current`."""
    if not os.path.lexists(path):
        return None
    if not os.path.islink(path):
        return f"is {'a folder' if path.is_dir() else 'a file'}, not a link of Graceful's"
    release = linked_release(paths, path.name)
    if release is None:
        return f"is a link to {os.readlink(path)}, not one of Graceful's"
    return (
        None
        if paths.release(release).manifest.is_file()
        else f"names {release}, and that release is not there"
    )

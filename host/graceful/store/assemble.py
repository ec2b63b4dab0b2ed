"""Making folders out of the store: environments and static files by links, code by copies (invariant 12)."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Callable

from ..errors import GracefulError
from ..site.owner import Owner
from ..site.paths import SitePaths
from .manifest import Entry, parse_manifest


def make_store(paths: SitePaths, owner: Owner) -> None:
    """The store's folders; fine when they are there."""
    for folder in (paths.store, paths.store / "objects", paths.store / "trees", paths.incoming, paths.envs):
        owner.make_folder(folder)


def read_tree(paths: SitePaths, digest: str) -> list[Entry]:
    """Entries of a known tree."""
    try:
        return read_manifest(paths.tree(digest), digest)
    except FileNotFoundError:
        raise GracefulError(
            f"tree {digest[:12]} is not on this host", "Run the deploy again.", code="bad-request"
        ) from None


def read_manifest(path: Path, digest: str) -> list[Entry]:
    """Entries of a manifest in the store. Raises GracefulError where it is not what its digest says."""
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != digest:
        raise GracefulError(
            f"{path} is damaged", "Run `graceful verify` on the host, then this again.", code="host"
        )
    return parse_manifest(text)


def sync_file_system(folder: Path) -> None:
    """Everything under `folder`'s file system is on disk afterwards: one syncfs(2) instead of an fsync per file."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "syncfs"):
            subprocess.run(["sync", "-f", str(folder)], check=True, timeout=300)
        elif libc.syncfs(handle) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(folder))
    finally:
        os.close(handle)


def _copy(source: Path, target: Path, owner: Owner, mode: int) -> None:
    shutil.copyfile(source, target)
    owner.own(target, mode)


def link_file(source: Path, target: Path, owner: Owner, mode: int) -> None:
    """A hard link, or a copy where there can be none: an empty file (Django alone has 141 of them, and a file has at
    most 65,000 links on ext4), too many links, another file system, another owner."""
    if source.stat().st_size == 0:
        _copy(source, target, owner, mode)
        return
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EMLINK, errno.EPERM, errno.EXDEV):
            raise
        _copy(source, target, owner, mode)


def _assemble(
    paths: SitePaths,
    entries: Iterable[Entry],
    folder: Path,
    owner: Owner,
    place: Callable[[Path, Path, Owner, int], None],
) -> None:
    owner.make_folder(folder)
    made = {""}
    for entry in entries:
        parts = entry.path.split("/")[:-1]
        for depth in range(len(parts)):
            parent = "/".join(parts[: depth + 1])
            if parent not in made:
                owner.make_folder(folder / parent)
                made.add(parent)
        if entry.kind == "link":
            owner.make_link(folder / entry.path, entry.target)
        else:
            mode = owner.program if entry.executable else owner.file
            place(paths.object(entry.digest, entry.executable), folder / entry.path, owner, mode)


def copy_tree(paths: SitePaths, entries: Iterable[Entry], folder: Path, owner: Owner) -> None:
    """A tree of copies, so that an edited live file harms only itself."""
    _assemble(paths, entries, folder, owner, _copy)


def link_tree(paths: SitePaths, entries: Iterable[Entry], folder: Path, owner: Owner) -> None:
    """A tree of hard links to the store."""
    _assemble(paths, entries, folder, owner, link_file)

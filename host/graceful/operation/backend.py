"""Starting a release's next backend, and pointing the release's `sock` at it."""

from __future__ import annotations

import os

from ..check.health import WEB
from ..site.links import replace_link
from ..site.paths import SitePaths
from .context import Context


def start_backend(context: Context, backend: str, link: bool = True) -> None:
    """Starts a backend. `link` points its release's `sock` at it."""
    context.journal.write("start", backend=backend, dotenv=dotenv_state(context.paths))
    if link:
        link_socket(context.paths, backend)
    context.manager.start(WEB, backend)


def link_socket(paths: SitePaths, backend: str) -> None:
    """Points its release's `sock` at a backend, by rename."""
    replace_link(paths.release(backend.rpartition(".")[0]).sock, str(paths.backend_socket(backend)))


def has_socket(paths: SitePaths, backend: str) -> bool:
    """True where its release's `sock` points at it."""
    try:
        linked = os.readlink(paths.release(backend.rpartition(".")[0]).sock)
    except OSError:
        return False
    return linked == str(paths.backend_socket(backend))


def dotenv_state(paths: SitePaths) -> list[int] | None:
    """Identity of shared/.env as a backend found it: inode, size, times; no digest of its secrets."""
    try:
        told = paths.dotenv.stat()
    except FileNotFoundError:
        return None
    return [told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns]

"""SWITCH and the way back over it: the renames, and what is made ready for them before."""

from __future__ import annotations

import os
from pathlib import Path

from ..journal.history import History
from ..journal.links import Links, after_deploy, after_rollback, without
from ..site.adopt import give_back, take_place
from ..site.links import (
    linked_release,
    make_link,
    read_links,
    ready_links,
    remove_link,
    replace_link,
    set_links,
    sync_folder,
)
from .backend import link_socket
from .context import Context
from .transaction import Transaction

#: Names of what is made ready in the operation's own folder.
BACK, SOCKET, BACK_SOCKET = "fall-back", "sock", "fall-back-sock"
#: In this folder of it, the links that change when the new release is marked.
MARKED = "marked"


def marks(transaction: Transaction) -> dict[str, str]:
    """What a confirm says of the release that is left behind."""
    left = transaction.old_release
    if left is None or transaction.restarts or not transaction.goes_back:
        return {}
    return {left: "failed" if transaction.kind == "keepalive" else "rolled-back"}


def wanted_links(transaction: Transaction, history: History) -> Links:
    """The links that a confirm will set, from the table in the design."""
    links = read_links(transaction.context.paths)
    new, old = transaction.spec.id, transaction.old_release
    if transaction.restarts:
        return links
    if new in history.releases:
        history.releases[new].state = "good"
    for release, state in marks(transaction).items():
        if release in history.releases:
            history.releases[release].state = state
    make = after_rollback if transaction.goes_back else after_deploy
    return make(links, history, new, old)


def make_ready(transaction: Transaction) -> None:
    """All that SWITCH, a confirm and a fall-back will rename, and the journal's space: a full disk stops none of them.
    Raises OSError where there is no room for that."""
    context, spec = transaction.context, transaction.spec
    folder, owner = context.folder, context.site.owner
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    context.journal.reserve()
    ready_links(
        folder,
        {**wanted_links(transaction, context.history()), "current": None, BACK: transaction.old_release},
        owner,
    )
    if transaction.restarts:
        for name, backend in ((SOCKET, transaction.new_backend), (BACK_SOCKET, transaction.old_backend)):
            if backend is not None:
                make_link(folder / name, str(context.paths.backend_socket(backend)), owner)
    links = read_links(context.paths)
    moved = {name: target for name, target in without(context.history(), spec.id, links).items()}
    changed = {name: target for name, target in moved.items() if target != links[name]}
    if changed:
        (folder / MARKED).mkdir(mode=0o700, exist_ok=True)
        ready_links(folder / MARKED, changed, owner)
        sync_folder(folder / MARKED)
    sync_folder(folder)


def switch_over(transaction: Transaction) -> None:
    """The one rename."""
    context = transaction.context
    if transaction.restarts:
        sock = context.paths.release(transaction.spec.id).sock
        os.rename(context.folder / SOCKET, sock)
        sync_folder(sock.parent)
    elif transaction.adopt:
        take_place(context.paths)
    else:
        os.rename(context.paths.candidate, context.paths.current)
        sync_folder(context.paths.root)


def switch_back(transaction: Transaction) -> None:
    """The rename that was made ready before SWITCH; a new link where it is gone (another process recovers)."""
    context, old = transaction.context, transaction.old_release
    paths = context.paths
    if old is None:
        if transaction.adopt:
            give_back(paths)
        # Of another tool it never gave way, or was given back by a recovery that was cut off.
        if linked_release(paths, "current") == transaction.spec.id:
            remove_link(paths.current)
    elif not transaction.restarts:
        if not _rename_ready(context.folder / BACK, f"releases/{old}", paths.current):
            replace_link(paths.current, f"releases/{old}")
    elif transaction.old_backend is not None:
        target = str(paths.backend_socket(transaction.old_backend))
        if not _rename_ready(context.folder / BACK_SOCKET, target, paths.release(old).sock):
            link_socket(paths, transaction.old_backend)


def unmark_links(context: Context, release: str) -> None:
    """A release was marked: the links that name it move, or go."""
    links = without(context.history(), release, read_links(context.paths))
    wanted = {name: target for name, target in links.items() if name != "current"}
    set_links(context.paths, wanted, context.folder / MARKED)


def _rename_ready(ready: Path, target: str, path: Path) -> bool:
    try:
        if os.readlink(ready) != target:
            return False
        os.rename(ready, path)
    except OSError:
        return False
    sync_folder(path.parent)
    return True

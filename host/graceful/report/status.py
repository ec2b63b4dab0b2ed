"""What `status` tells. Reads only, never waits for the lock."""

from __future__ import annotations

import platform
from typing import Any

from ..check.health import WEB
from ..check.record import last_health
from ..journal.history import Backend, History
from ..journal.keeping import PRUNED
from ..operation.context import Context
from ..process.memory import memory_of
from ..process.sockets import listening_inodes
from ..release.spec import DAMAGED
from ..site.lock import holder
from ..wire import Message
from .live import site_links, unfinished_words
from .missing import lacks


def _backend(context: Context, backend: Backend, health: dict[str, Any] | None) -> dict[str, Any]:
    state = context.manager.state(backend.process, backend.name)
    return {
        "backend": backend.name,
        "process": backend.process,
        "release": backend.release,
        "role": "draining" if backend.role == "stopping" else backend.role,
        "since": backend.since or None,
        # A worker that was told to end is there until its last task has ended.
        "up": state.up or (backend.process != WEB and backend.role == "stopping" and not state.ended),
        "pid": state.pid or None,
        "memoryBytes": memory_of(state),
        "listening": bool(listening_inodes(context.paths.backend_socket(backend.name))),
        "until": backend.until,
        "health": health,
    }


def _backends(context: Context, history: History) -> list[dict[str, Any]]:
    """Those that are there. One that drained and has ended waits only for the tick to note its end."""
    health = last_health(context.paths)
    told = [_backend(context, backend, health.get(backend.name)) for backend in history.standing()]
    return [backend for backend in told if backend["up"] or backend["role"] != "draining"]


def offline(context: Context, history: History) -> dict[str, Any] | None:
    """Since when, by whom and why visitors get the maintenance page; None while they get the site. The file decides."""
    if not context.paths.offline.exists():
        return None
    record = history.offline or {}
    origin = record.get("origin") or {}
    return {
        "since": record.get("at"),
        "actor": origin.get("actor"),
        "reason": origin.get("reason") or None,
        "until": record.get("until") or None,
    }


def _created(context: Context, release: str) -> str:
    manifest = context.paths.release(release).manifest
    if not manifest.exists():
        return ""
    return Message.parse(manifest.read_bytes(), str(manifest), DAMAGED).text("createdAt")


def status(context: Context) -> dict[str, Any]:
    """The `status` message of the protocol."""
    history = context.history()
    links = site_links(context)
    return {
        "type": "status",
        "site": context.site.name,
        "host": platform.node(),
        "root": str(context.paths.root),
        "mode": context.site.mode,
        "links": links,
        "backends": _backends(context, history),
        "releases": [
            {
                "id": release.id,
                "commit": release.commit,
                "state": release.state,
                "createdAt": _created(context, release.id),
                "links": [name for name, target in links.items() if target == release.id],
            }
            for release in sorted(history.releases.values(), key=lambda release: -release.order)
            if release.state != PRUNED
        ],
        "offline": offline(context, history),
        "stopped": history.halted["at"] if history.halted else None,
        "missing": lacks(context),
        "unfinished": unfinished_words(context),
        "holder": holder(context.paths.lock),
    }

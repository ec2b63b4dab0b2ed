"""The releases of a site: what each is, how old, how large, and what it is to the site."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..journal.history import Release
from ..journal.keeping import PRUNED
from ..operation.context import Context
from ..site.links import read_links


def releases(context: Context) -> dict[str, Any]:
    """The `releases` message of the protocol: those that are on this host, newest first."""
    history, links = context.history(), read_links(context.paths)
    now = datetime.now(timezone.utc)
    roles = {
        backend.release: backend.role
        for backend in history.backends.values()
        if backend.role in ("standby", "draining")
    }
    known = sorted(history.releases.values(), key=lambda release: -release.order)
    there = [release for release in known if context.paths.release(release.id).folder.is_dir()]
    return {
        "type": "releases",
        "site": context.site.name,
        "releases": [
            {
                **_told(release, now),
                "bytes": size_of(context.paths.release(release.id).folder),
                "tags": [
                    *(name for name, target in links.items() if target == release.id),
                    *([roles[release.id]] if release.id in roles else []),
                ],
            }
            for release in there
            # One that was being removed when the host died is as good as gone.
            if release.state != PRUNED
        ],
    }


def _told(release: Release, now: datetime) -> dict[str, Any]:
    created = datetime.strptime(release.id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    return {
        "id": release.id,
        "state": release.state,
        "commit": release.commit,
        "createdAt": created.isoformat().replace("+00:00", "Z"),
        "ageMs": round((now - created).total_seconds() * 1000),
    }


def size_of(folder: Path) -> int:
    """Bytes on the disk that a folder's files take, those too that are shared with the store; each file once."""
    seen, total = set(), 0
    for top, _, files in os.walk(folder):
        for name in files:
            told = os.lstat(os.path.join(top, name))
            if told.st_ino not in seen:
                seen.add(told.st_ino)
                total += told.st_blocks * 512
    return total

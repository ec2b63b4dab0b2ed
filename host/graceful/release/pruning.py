"""Removing releases from the host. Their hashed static files outlive them: a visitor may still have one of their pages."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

from ..site.links import sync_file, sync_folder
from ..site.owner import Owner
from ..site.paths import ReleasePaths, SitePaths
from .assets import hashed_files


def remember_assets(paths: SitePaths, release: str, until: str, owner: Owner) -> None:
    """Notes which assets a release's pages name, and until when (ISO UTC) those stay. Call it before the release goes. On a full
    disk nothing is noted, since a release that goes is what makes room: `clean_assets` then keeps everything so long."""
    known = _remembered(paths)
    known[release] = {"until": until, "paths": hashed_files(paths.release(release))}
    try:
        _write(paths, known, owner)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


def remove_release(paths: SitePaths, release: str) -> None:
    """Takes a release's folder away: by one rename, so that what has its name is always whole. Fine when it is gone."""
    folder = paths.release(release).folder
    gone = folder.with_name(f".{release}.{os.getpid()}")
    try:
        os.rename(folder, gone)
    except FileNotFoundError:
        return
    sync_folder(paths.releases)
    # What somebody else has put there stays, and the timer goes on trying.
    shutil.rmtree(gone, ignore_errors=True)


def clean_assets(paths: SitePaths, gone: set[str], now: str, owner: Owner) -> int:
    """Removes assets that no page names any more; returns how many. `gone` are releases that are not on this host and whose
    pages may still be out: as long as it is not known what one of those names, everything stays."""
    known = _remembered(paths)
    if gone - known.keys():
        return 0
    kept = {release: told for release, told in known.items() if told["until"] > now}
    wanted = {path for told in kept.values() for path in told["paths"]}
    for folder in paths.releases.iterdir():
        wanted.update(hashed_files(ReleasePaths(folder)))
    removed = 0
    for top, folders, files in os.walk(paths.assets, topdown=False):
        for name in files:
            path = Path(top, name)
            if str(path.relative_to(paths.assets)) not in wanted:
                path.unlink()
                removed += 1
        for name in folders:
            if not os.listdir(Path(top, name)):
                os.rmdir(Path(top, name))
    if kept.keys() != known.keys():
        _write(paths, kept, owner)
    return removed


def _remembered(paths: SitePaths) -> dict[str, dict[str, Any]]:
    try:
        told: dict[str, dict[str, Any]] = json.loads(paths.pruned_assets.read_bytes())
        return told
    except FileNotFoundError:
        return {}


def _write(paths: SitePaths, known: dict[str, dict[str, Any]], owner: Owner) -> None:
    temporary = paths.pruned_assets.with_name(".assets")
    temporary.unlink(missing_ok=True)
    owner.write_file(temporary, json.dumps(known).encode(), owner.private)
    sync_file(temporary)
    os.rename(temporary, paths.pruned_assets)
    sync_folder(paths.operations)

"""What the last verify has found damaged of a site's releases, for the next deploy: it makes another release in the place of a
live one, and puts static files right."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from typing import Any

from ..site.owner import Owner
from ..site.paths import SitePaths
from ..store.assemble import link_file, sync_file_system
from ..store.wanted import Key

#: Files below a root, by their path there, and the objects that they ought to be.
Files = Mapping[str, Key]


def note_damage(paths: SitePaths, releases: Collection[str], files: Files) -> None:
    """Keeps what was found, in the place of what was found before."""
    if releases or files:
        _write(paths, {"releases": sorted(releases), "files": files})
    else:
        paths.damage.unlink(missing_ok=True)


def is_noted(paths: SitePaths) -> bool:
    """True where the last verify has noted anything."""
    return paths.damage.exists()


def is_damaged(paths: SitePaths, release: str) -> bool:
    """True for a release that was found damaged."""
    return release in _read(paths)["releases"]


def mend_files(paths: SitePaths, owner: Owner) -> int:
    """Puts static files and assets that were found damaged right, of the store, where that has them again; returns how many. Hold
    the store meanwhile."""
    told = _read(paths)
    left = dict(told["files"])
    for path, (digest, executable) in told["files"].items():
        source, target = paths.object(digest, executable), paths.root / path
        if not source.is_file() or not target.parent.is_dir() or target.is_dir():
            continue
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        link_file(source, temporary, owner, owner.program if executable else owner.file)
        os.rename(temporary, target)
        # A link to what is there already is left by that.
        temporary.unlink(missing_ok=True)
        del left[path]
    mended = len(told["files"]) - len(left)
    if mended:
        sync_file_system(paths.root)
        _write(paths, {**told, "files": left})
    return mended


def _read(paths: SitePaths) -> dict[str, Any]:
    try:
        told = json.loads(paths.damage.read_bytes())
        return {"releases": list(told["releases"]), "files": dict(told["files"])}
    except (OSError, ValueError, KeyError, TypeError):
        # Nothing goes by it but what another verify would find again.
        return {"releases": [], "files": {}}


def _write(paths: SitePaths, told: dict[str, Any]) -> None:
    temporary = paths.damage.with_name(".damage")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(told, file)
    # Lost in a power cut, it is found again by the next verify.
    os.rename(temporary, paths.damage)

"""The sites that share a store: each is registered before it asks the store for anything, since clean-up looks at them all."""

from __future__ import annotations

import json
from pathlib import Path

from ..errors import GracefulError
from ..site.links import sync_file, sync_folder
from ..site.owner import Owner
from ..site.paths import SitePaths
from ..site.settings import FOLDER


def register_root(paths: SitePaths, site: str, owner: Owner) -> None:
    """Makes a site's root known to its store; fine when it is."""
    folder = paths.store / "roots"
    owner.make_folder(folder)
    file = folder / site
    if not file.exists() or file.stat().st_size == 0:
        temporary = folder / f".{site}"
        temporary.unlink(missing_ok=True)
        owner.write_file(temporary, f"{paths.root}\n".encode(), owner.file)
        # An empty name, after a power cut, would let clean-up take what this site needs.
        sync_file(temporary)
        temporary.rename(file)
        sync_folder(folder)


def registered_roots(paths: SitePaths) -> list[Path]:
    """Every root whose releases need this store: the registered ones, and those that root's own settings name. Raises
    GracefulError where one is not there: what it needs cannot be known."""
    files = [file for file in (paths.store / "roots").glob("*") if not file.name.startswith(".")]
    named = {Path(file.read_text().strip()): str(file) for file in files}
    roots = {paths.root, *named, *_administered(paths.store)}
    for root in sorted(roots):
        if not root.is_dir():
            raise GracefulError(
                f"{root} is registered with the store {paths.store} and is not there, so nothing is removed from the store",
                f"Mount it; or, if that site is gone: rm {named.get(root, 'its file in /etc/graceful')}",
                code="host",
            )
    return sorted(roots)


def _administered(store: Path) -> set[Path]:
    """Roots of sites that were set up for the same store and have not been deployed yet, or not since it was shared."""
    found = set()
    for file in FOLDER.glob("*.json"):
        try:
            told = json.loads(file.read_bytes())
            if told.get("store") == str(store):
                found.add(Path(told["root"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # Not readable for us, so not a site of this user's store.
            continue
    return {root for root in found if root.is_dir()}

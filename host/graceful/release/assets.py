"""`assets/`: hashed static files of recent releases, so that a page of any of them finds what it names (invariant 9)."""

from __future__ import annotations

import filecmp
import json
import os

from ..errors import StepFailure
from ..site.owner import Owner
from ..site.paths import ReleasePaths, SitePaths
from ..store.assemble import sync_file_system
from ..store.manifest import safe_path


def hashed_files(release: ReleasePaths) -> list[str]:
    """Static files of a release whose names follow their content: those that `staticfiles.json` names
    (ManifestStaticFilesStorage), and those that `release.json` lists."""
    # Not the compressed files beside them: another version of the compressor gives the same name other bytes.
    return sorted({path for path in [*_named(release), *_listed(release)] if safe_path(path)})


def _named(release: ReleasePaths) -> list[str]:
    try:
        return list(json.loads((release.static / "staticfiles.json").read_bytes())["paths"].values())
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _listed(release: ReleasePaths) -> list[str]:
    try:
        return list(json.loads(release.manifest.read_bytes())["static"].get("hashed", []))
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return []


def fill_assets(paths: SitePaths, release: ReleasePaths, owner: Owner) -> int:
    """Adds a release's hashed files. Returns how many were new; raises StepFailure where a path has other content."""
    owner.make_folder(paths.assets)
    added = 0
    for path in hashed_files(release):
        source, target = release.static / path, paths.assets / path
        if target.exists():
            if not os.path.samefile(source, target) and not filecmp.cmp(source, target, shallow=False):
                raise StepFailure(
                    f"static file {path} has other content than the same file of an earlier release",
                    "A hashed name must follow its content: look at STORAGES['staticfiles'] in the settings.",
                )
            continue
        for parent in reversed(list(target.relative_to(paths.assets).parents)[:-1]):
            owner.make_folder(paths.assets / parent)
        os.link(source, target)
        added += 1
    if added:
        sync_file_system(paths.assets)
    return added

"""Whether the deploy user can write what a deploy has to write."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import Fault, fault, owner_of, user_name
from ..site.paths import SitePaths
from ..site.settings import Site


def folder_faults(paths: SitePaths, site: Site) -> list[Fault]:
    """Everything under the root that this user cannot write, in one fault, since one cause (something done by hand as root)
    has one mend."""
    root, me = paths.root, user_name(os.geteuid())
    if os.statvfs(root).f_flag & os.ST_RDONLY:
        return [
            fault(
                f"the file system of {root} is read-only",
                f"Look for disk errors (dmesg), then mount it writable: mount -o remount,rw {_mount_of(root)}",
            )
        ]
    found = [fault(f"{path} is no folder", "Move it away.") for path in _wrong_kind(paths)]
    plain = [path for path in (root, paths.bin, paths.shared) if not _writable(path)]
    deep = [path for path in _ours(paths) if not (_writable(path) and _owned(path))]
    if plain or deep:
        told = ", ".join(f"{path} (it belongs to {owner_of(str(path))})" for path in (*plain, *deep))
        group = site.groups[0] if site.groups else ""
        commands = [
            f"chown {flag}{me}:{group} {' '.join(map(str, paths))}"
            for flag, paths in (("", plain), ("-R ", deep))
            if paths
        ]
        found.append(fault(f"user {me} may not write {told}", f"As root: {'; '.join(commands)}"))
    return found


def _ours(paths: SitePaths) -> list[Path]:
    """What the host program makes itself, and nobody else has a hand in; those above others only."""
    return [
        paths.releases,
        paths.assets,
        paths.operations,
        paths.store,
        paths.journal,
        paths.lock,
        paths.ticket,
        paths.log,
        paths.supervisor,
        # Elsewhere it is systemd's.
        *([paths.run] if paths.root in paths.run.parents else []),
    ]


def _wrong_kind(paths: SitePaths) -> list[Path]:
    folders = (paths.bin, paths.shared, paths.releases, paths.assets, paths.operations, paths.store)
    return [path for path in folders if path.exists() and not path.is_dir()]


def _writable(path: Path) -> bool:
    """What is not there yet can be made, or else its folder is told."""
    return not os.path.exists(path) or os.access(path, os.W_OK)


def _owned(path: Path) -> bool:
    """Group and mode can be set by the owner alone."""
    return not os.path.isdir(path) or path.stat().st_uid == os.geteuid()


def _mount_of(path: Path) -> Path:
    return next((place for place in (path, *path.parents) if os.path.ismount(place)), path)

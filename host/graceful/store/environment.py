"""Environments on the host: the shipped tree, and what belongs to this host alone (`pyvenv.cfg`, `bin/python*`)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..errors import GracefulError
from ..facts import pythons
from ..site.owner import Owner
from ..site.paths import SitePaths
from .assemble import link_tree, read_tree, sync_file_system


def build_environment(
    paths: SitePaths, owner: Owner, env_hash: str, digest: str, minor: str, requirements: str
) -> None:
    """Makes `envs/<hash>` appear by one rename, whole and synced. Does nothing when it is there."""
    final = paths.env(env_hash)
    if final.exists():
        return
    python = next((python for python in pythons() if python["minor"] == minor), None)
    if python is None:
        raise GracefulError(
            f"this host has no Python {minor}", f"Install it: apt install python{minor}", code="host"
        )
    temporary = paths.envs / f".{env_hash}.{os.getpid()}"
    _remove(temporary)
    link_tree(paths, read_tree(paths, digest), temporary, owner)
    _make_runnable(temporary, owner, Path(python["executable"]), minor, python["version"])
    owner.write_file(temporary / "requirements.txt", requirements.encode(), owner.file)
    sync_file_system(paths.envs)
    try:
        os.rename(temporary, final)
    except OSError:
        # Another run made the same environment meanwhile; the same name holds the same files.
        if not final.exists():
            raise
        _remove(temporary)
    sync_file_system(paths.envs)


def _make_runnable(folder: Path, owner: Owner, executable: Path, minor: str, version: str) -> None:
    owner.make_folder(folder / "bin")
    owner.make_link(folder / "bin" / "python", executable)
    for name in ("python3", f"python{minor}"):
        owner.make_link(folder / "bin" / name, "python")
    owner.make_link(folder / "lib64", "lib")
    config = f"home = {executable.parent}\ninclude-system-site-packages = false\nversion = {version}\n"
    owner.write_file(folder / "pyvenv.cfg", config.encode(), owner.file)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)

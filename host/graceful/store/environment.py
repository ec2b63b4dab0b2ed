"""Environments on the host: the shipped tree, and what belongs to this host alone (`pyvenv.cfg`, `bin/python*`)."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from ..errors import GracefulError
from ..facts import pythons
from ..site.owner import Owner
from ..site.paths import SitePaths
from .assemble import link_tree, read_tree, sync_file_system
from .compare import files_below
from .damaged import is_marked, is_sound, unmark_env

#: What every environment has beside its tree, made here.
HOST_MADE = ("bin/python", "bin/python3", "lib64", "pyvenv.cfg", "requirements.txt")
#: The line of `pyvenv.cfg` that names the tree that an environment was made of; Python passes over it.
MADE_OF = re.compile(rb"^graceful-tree = ([0-9a-f]{64})$", re.MULTILINE)


def may_be_beside(path: str) -> bool:
    """True for what may be in an environment beside its tree: what was made here, and what Python compiles."""
    return (
        path in HOST_MADE or "__pycache__" in path.split("/") or bool(re.fullmatch(r"bin/python3\.\d+", path))
    )


def env_tree(paths: SitePaths, env_hash: str) -> str | None:
    """Digest of the tree that an environment was made of; None where there is none, or an older program made it. Its name does
    not tell: the same packages come to other bytes where another Python has compiled them."""
    try:
        found = MADE_OF.search((paths.env(env_hash) / "pyvenv.cfg").read_bytes())
    except OSError:
        return None
    return found.group(1).decode() if found else None


def build_environment(
    paths: SitePaths, owner: Owner, env_hash: str, digest: str, minor: str, requirements: str
) -> None:
    """Makes `envs/<hash>` appear by one rename, whole and synced. Does nothing when it is there and sound; one that is damaged is
    mended in its place."""
    if is_sound(paths, env_hash):
        return
    python = next((python for python in pythons() if python["minor"] == minor), None)
    if python is None:
        raise GracefulError(
            f"this host has no Python {minor}", f"Install it: apt install python{minor}", code="host"
        )
    final = paths.env(env_hash)
    temporary = paths.envs / f".{env_hash}.{os.getpid()}"
    _remove(temporary)
    link_tree(paths, read_tree(paths, digest), temporary, owner)
    _make_runnable(temporary, owner, python, digest)
    owner.write_file(temporary / "requirements.txt", requirements.encode(), owner.file)
    sync_file_system(paths.envs)
    try:
        os.rename(temporary, final)
    except OSError:
        if not final.is_dir():
            raise
        # Damaged, or another run made one of this name meanwhile: that one stays, and tells what it was made of.
        if is_marked(paths, env_hash):
            _mend(final, temporary, owner)
        _remove(temporary)
    sync_file_system(paths.envs)
    unmark_env(paths, env_hash)


def _mend(env: Path, right: Path, owner: Owner) -> None:
    """Puts each file of another environment in the place of this one's by a rename: processes that run from it find every file at
    any moment. What the other one does not have goes last."""
    files = [path for path, _ in files_below(str(right))]
    made = set()
    for path in files:
        for folder in reversed(Path(path).parents):
            place = env / folder
            if folder not in made:
                if place.is_symlink() or not place.is_dir():
                    place.unlink(missing_ok=True)
                owner.make_folder(place)
                made.add(folder)
        if (env / path).is_dir() and not (env / path).is_symlink():
            shutil.rmtree(env / path)
        os.rename(right / path, env / path)
    for path in {path for path, _ in files_below(str(env))}.difference(files):
        # What somebody else has put there may not be ours to remove.
        if not may_be_beside(path):
            with suppress(OSError):
                (env / path).unlink()


def _make_runnable(folder: Path, owner: Owner, python: dict[str, str], digest: str) -> None:
    executable = Path(python["executable"])
    owner.make_folder(folder / "bin")
    owner.make_link(folder / "bin" / "python", executable)
    for name in ("python3", f"python{python['minor']}"):
        owner.make_link(folder / "bin" / name, "python")
    owner.make_link(folder / "lib64", "lib")
    config = (
        f"home = {executable.parent}\ninclude-system-site-packages = false\nversion = {python['version']}\n"
        f"graceful-tree = {digest}\n"
    )
    owner.write_file(folder / "pyvenv.cfg", config.encode(), owner.file)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)

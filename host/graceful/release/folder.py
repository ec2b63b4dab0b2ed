"""Making a release's folder: all of it under a temporary name, synced, then one rename."""

from __future__ import annotations

import json
import os
import pkgutil
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..errors import StepFailure
from ..site.links import sync_folder
from ..site.owner import Owner
from ..site.paths import ReleasePaths, SitePaths
from ..store.assemble import copy_tree, link_tree, read_tree, sync_file_system
from ..store.environment import env_tree
from ..store.manifest import Entry
from ..wire import Message
from .spec import Spec

#: Names the release to whoever asks the web server (verify); outside the manifest.
MARKER = "graceful.txt"

#: Files that keep an empty folder in git.
PLACEHOLDERS = (".gitkeep", ".keep", ".gitignore")


def make_release(
    paths: SitePaths, spec: Spec, env: dict[str, str], owner: Owner, secrets: Sequence[str] = ()
) -> list[str]:
    """Makes `releases/<id>` appear, whole and synced. `secrets` names the variables of `env` whose values are not to be
    told. Returns notices for people.

    Raises StepFailure where the source has something at a place that is not ours to replace.
    """
    final = paths.release(spec.id)
    draft = ReleasePaths(paths.releases / f".{spec.id}.draft")
    shutil.rmtree(draft.folder, ignore_errors=True)
    owner.make_folder(paths.releases)
    owner.make_folder(draft.folder)
    notices = _code(paths, spec, draft, owner)
    notices += _static(paths, spec, draft, owner)
    if spec.config:
        copy_tree(paths, read_tree(paths, spec.config), draft.config, owner)
    owner.make_link(draft.venv, paths.env(spec.env))
    _start_commands(paths, spec, draft, final, owner)
    owner.write_file(draft.env, json.dumps(env, ensure_ascii=False).encode(), owner.private)
    owner.write_file(draft.secrets, json.dumps(secrets, ensure_ascii=False).encode(), owner.private)
    text = json.dumps(_description(paths, spec), ensure_ascii=False, indent=2) + "\n"
    owner.write_file(draft.manifest, text.encode(), owner.file)
    sync_file_system(paths.root)
    os.rename(draft.folder, final.folder)
    sync_folder(paths.releases)
    return notices


def _description(paths: SitePaths, spec: Spec) -> dict[str, Any]:
    """What the runner says of the release, with the tree that its environment was made of here: another runner may have built
    other bytes of the same name, which were not sent."""
    build, made_of = Message(spec.raw, "the release").optional_part("build"), env_tree(paths, spec.env)
    if build is None or made_of is None:
        return spec.raw
    return {**spec.raw, "build": {**build.data, "env": {**build.part("env").data, "digest": made_of}}}


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def code_links(paths: SitePaths, spec: Spec) -> dict[str, str]:
    """The links in a release's code to shared data, STATIC_ROOT and the configuration, in front of what the source has there."""
    shared = {path: str(paths.shared / path) for path in [*spec.shared.dirs, *spec.shared.files]}
    own = ((spec.static_root, "static"), (spec.config_folder, "config"))
    return {
        **shared,
        **{path: os.path.relpath(name, f"code/{os.path.dirname(path)}") for path, name in own if path},
    }


def beside_links(entries: Iterable[Entry], links: Iterable[str]) -> list[Entry]:
    """The entries of the source that no link stands in front of."""
    return [entry for entry in entries if not _below(entry.path, links)]


def _code(paths: SitePaths, spec: Spec, draft: ReleasePaths, owner: Owner) -> list[str]:
    entries, links = read_tree(paths, spec.code), code_links(paths, spec)
    copy_tree(paths, beside_links(entries, links), draft.code, owner)
    for path, target in links.items():
        _place_link(draft.code, path, target, owner)
    return [notice for path in links if (notice := _hidden(path, entries))]


def _hidden(path: str, entries: Iterable[Entry]) -> str | None:
    """What to say of a link that stands in front of something of the commit; nobody misses a .gitkeep."""
    below = [entry.path for entry in entries if _below(entry.path, [path])]
    if not below or all(os.path.basename(one) in PLACEHOLDERS for one in below):
        return None
    what = path if below == [path] else f"{path}/ ({len(below)} files of the commit)"
    return f"{what} of the source gives way to shared data or collected static files"


def _place_link(code: Path, path: str, target: str, owner: Owner) -> None:
    parent = code
    for part in path.split("/")[:-1]:
        parent = parent / part
        if parent.is_symlink() or (parent.exists() and not parent.is_dir()):
            raise StepFailure(
                f"{path} cannot be linked: {parent.relative_to(code)} is not a folder in the source",
                "Change `shared` or STATIC_ROOT, or the source.",
            )
        owner.make_folder(parent)
    owner.make_link(code / path, target)


def _static(paths: SitePaths, spec: Spec, draft: ReleasePaths, owner: Owner) -> list[str]:
    entries = read_tree(paths, spec.static) if spec.static else []
    link_tree(paths, [entry for entry in entries if entry.path != MARKER], draft.static, owner)
    owner.write_file(draft.static / MARKER, f"{spec.id}\n".encode(), owner.file)
    if not entries or paths.store.stat().st_dev == draft.folder.stat().st_dev:
        return []
    return [
        f"{paths.store} is on another file system than {paths.releases}: static files were copied instead of linked,"
        " which takes time and room with each release"
    ]


def _start_commands(
    paths: SitePaths, spec: Spec, draft: ReleasePaths, final: ReleasePaths, owner: Owner
) -> None:
    owner.make_folder(draft.bin)
    source = (pkgutil.get_data(__package__, "launcher.py") or b"").decode()
    commands = {name: process.argv for name, process in spec.processes.items()}
    for name, argv in {**commands, "manage": spec.manage}.items():
        filled = {
            "process": name,
            "folder": str(final.folder),
            "dotenv": str(paths.dotenv),
            "release": spec.id,
            "commit": spec.commit,
            "project": spec.project,
            "argv": argv,
        }
        text = source.replace('json.loads("{}")', f"json.loads({json.dumps(filled)!r})", 1)
        program = f"#!{os.path.realpath(sys.executable)} -I\n{text}"
        owner.write_file(draft.bin / name, program.encode(), owner.program)

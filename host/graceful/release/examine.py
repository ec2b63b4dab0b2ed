"""What was placed from the store in a release, against the trees that it was made of. Only reads."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Callable

from ..store.compare import Comparer, Flaw
from ..store.examine import Trees
from ..store.manifest import Entry, parse_manifest
from ..store.wanted import Key
from .assets import hashed_files
from .folder import MARKER, beside_links, code_links
from .kept import Kept

#: Is told of what something is, and what is wrong with it.
Tell = Callable[[str, Flaw], None]


def examine_release(kept: Kept, trees: Trees, comparer: Comparer, tell: Tell, files: dict[str, Key]) -> None:
    """Compares code, configuration, static files and assets, each where the manifest of its tree can be read. Adds to `files`
    which objects damaged static files and assets ought to be, by their paths below the root."""
    site, spec, folder = kept.site, kept.spec, kept.folder
    env = comparer.file(str(folder.venv), Entry("link", "venv", target=str(site.env(spec.env))))
    if env is not None:
        tell("environment", env)
    entries = {
        kind: parse_manifest(manifest.read_bytes())
        for kind, digest in kept.trees.items()
        if (manifest := trees.manifest(site, digest)) is not None
    }
    if "code" in entries:
        links = code_links(site, spec)
        own = [Entry("link", path, target=target) for path, target in links.items()]
        _copies("code", folder.code, [*beside_links(entries["code"], links), *own], comparer, tell)
    if "config" in entries:
        _copies("config", folder.config, entries["config"], comparer, tell)
    if spec.static is None or "static" in entries:
        _static(kept, entries.get("static", []), comparer, tell, files)


def _copies(part: str, folder: Path, entries: Sequence[Entry], comparer: Comparer, tell: Tell) -> None:
    """Nothing else has these files: whoever changed one has edited this release alone."""
    for flaw, entry in comparer.folder(folder, entries, _is_compiled):
        is_edited = flaw.kind == "changed" and entry is not None and entry.kind != "link"
        tell(part, replace(flaw, kind="edited", found="was edited") if is_edited else flaw)


def _is_compiled(path: str) -> bool:
    return "__pycache__" in path.split("/")


def _static(
    kept: Kept, entries: Sequence[Entry], comparer: Comparer, tell: Tell, files: dict[str, Key]
) -> None:
    marker = f"{kept.user.id}\n".encode()
    named = {entry.path: entry for entry in entries}
    named[MARKER] = Entry("file", MARKER, hashlib.sha256(marker).hexdigest(), len(marker))
    root, static = str(kept.site.root), kept.folder.static

    def found(part: str, flaw: Flaw, entry: Entry | None) -> None:
        tell(part, flaw)
        if entry is not None and entry.kind != "link" and entry.path != MARKER:
            files[os.path.relpath(flaw.path, root)] = (entry.digest, entry.executable)

    for flaw, entry in comparer.folder(static, list(named.values())):
        found("static", flaw, entry)
    for path in hashed_files(kept.folder):
        entry = named.get(path)
        asset = kept.site.assets / path
        # Told of another release already, or of one that was never live, which may have none.
        if entry is None or os.path.relpath(asset, root) in files:
            continue
        if kept.user.tags or os.path.lexists(asset):
            differs = comparer.file(str(asset), entry)
            if differs is not None:
                found("asset", differs, entry)

"""What is live: in brief for whoever connects, and bit by bit for putting the same on another stage."""

from __future__ import annotations

from typing import Any

from ..operation.context import Context
from ..release.spec import load_spec
from ..site.links import foreign_current, linked_release, read_links
from ..site.lock import holder
from ..store.pieces import piece_ids


def site_links(context: Context) -> dict[str, str | None]:
    """The four links as the protocol names them."""
    links = read_links(context.paths)
    return {
        "current": links["current"],
        "previous": links["previous"],
        "working": links["working"],
        "previousWorking": links["previous-working"],
    }


def unfinished_words(context: Context) -> str | None:
    """An operation that did not end and is not running, in words."""
    unfinished = context.history().unfinished
    if unfinished is None or holder(context.paths.lock) is not None:
        return None
    return f"{unfinished.words}, begun {unfinished.begin['at']}"


def live_commit(context: Context) -> str | None:
    """Commit of the live release; None where `current` is not ours."""
    if foreign_current(context.paths) is not None:
        return None
    current = read_links(context.paths)["current"]
    return load_spec(context.paths, current).commit if current else None


def live_build(context: Context) -> dict[str, Any]:
    """`Live` of the protocol. `build` is null where nothing is live, or what is was made by an older version."""
    # What `adopt` is to put aside is no release of ours.
    release = None if foreign_current(context.paths) else linked_release(context.paths, "current")
    history = context.history()
    known = history.releases.get(release) if release else None
    return {
        "release": release,
        "state": known.state if known else None,
        "build": load_spec(context.paths, release).raw.get("build") if release else None,
    }


def known_trees(context: Context, build: Any, env: bool = False) -> list[dict[str, str]]:
    """`KnownTree`s of the protocol: of a build, those in the store. Its environment's only with `env`: that has most of the
    files, and is seldom told anew."""
    if not build:
        return []
    digests = {**build["trees"], **({"env": build["env"]["digest"]} if env else {})}
    paths = {kind: context.paths.tree(digest) for kind, digest in digests.items() if digest}
    return [
        {"kind": kind, "digest": path.name, "pieces": piece_ids(path.read_bytes())}
        for kind, path in paths.items()
        if path.is_file()
    ]

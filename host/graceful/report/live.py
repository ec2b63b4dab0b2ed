"""What is live, bit by bit: for putting the same on another stage."""

from __future__ import annotations

from typing import Any

from ..operation.context import Context
from ..release.spec import load_spec
from ..site.links import foreign_current, read_links


def live_build(context: Context) -> dict[str, Any]:
    """The `live` message of the protocol. `build` is null where nothing is live, or what is was made by an older version."""
    # What `adopt` is to put aside is no release of ours.
    release = None if foreign_current(context.paths) else read_links(context.paths)["current"]
    history = context.history()
    known = history.releases.get(release) if release else None
    return {
        "type": "live",
        "release": release,
        "state": known.state if known else None,
        "build": load_spec(context.paths, release).raw.get("build") if release else None,
    }

"""What the messages of verify look like on a terminal."""

from __future__ import annotations

from typing import Any

from ..printing import shown_in_line
from .words import size


def damages_text(told: dict[str, Any]) -> str:
    """Two lines for each damage of a message: what it is, and whom it concerns."""
    return "\n".join(
        f"{shown_in_line(one['path'])}: {one['found']}; expected: {shown_in_line(one['expected'])}\n"
        f"    {one['part']} of {', '.join(map(_release, one['releases'])) or 'no release'}"
        for one in told["damages"]
    )


def _release(told: dict[str, Any]) -> str:
    tags = f" ({', '.join(told['tags'])})" if told["tags"] else ""
    return f"{told['release']}{tags} in {told['root']}"


def verified_text(told: dict[str, Any]) -> str:
    """The end: what was read, and what comes of it."""
    read = f"{told['objects']} objects and {told['files']} files, {size(told['bytes'])} in {told['ms'] / 1000:.1f} s"
    found = {0: "No damage", 1: "1 damage"}.get(told["count"], f"{told['count']} damages")
    return "\n".join([f"{found}; read: {read}.", *told["notes"], *told["next"]])

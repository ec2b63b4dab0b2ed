"""Values that an operation's tale must not hold, whoever printed them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: Shorter ones are no secrets: taking every `1` out would make a text useless and hide nothing.
SHORTEST_SECRET = 4

#: Keys of events under which words stand that a site may have written; all else is names, ids and numbers.
WORDS = {"detail", "lines", "message", "what", "next", "location", "body", "log"}


def parts_of(values: Iterable[str]) -> list[str]:
    """What to hide of these values: the whole of each, and each of its lines; longest first, as one may hold another."""
    parts = {part for value in values for part in (value, *value.splitlines())}
    return sorted((part for part in parts if len(part.strip()) >= SHORTEST_SECRET), key=len, reverse=True)


def hidden(told: Any, parts: list[str], key: str = "") -> Any:
    """What is told under a key of an event, with `***` for each of these parts."""
    if isinstance(told, dict):
        return {name: hidden(value, parts, name) for name, value in told.items()}
    if isinstance(told, list):
        return [hidden(value, parts, key) for value in told]
    if isinstance(told, str) and key in WORDS:
        for part in parts:
            told = told.replace(part, "***")
    return told

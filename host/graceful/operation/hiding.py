"""Values that neither an operation's tale nor the journal may hold, whoever printed them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from ..site.paths import ReleasePaths, SitePaths

#: Shorter ones are no secrets: taking every `1` out would make a text useless and hide nothing.
SHORTEST_SECRET = 4

#: Keys of events under which words stand that a site may have written; all else is names, ids and numbers.
WORDS = {"detail", "lines", "message", "what", "why", "next", "location", "body", "log"}


class Secrets:
    """Values that are not to be told: those given, and those of every release that is on the host when they are asked for,
    since whatever operation recovers another one, or goes back, tells what other releases print."""

    def __init__(self, paths: SitePaths, given: Iterable[str] = ()) -> None:
        self._paths = paths
        self._given = list(given)
        #: By release; none of them changes once it is there.
        self._known: dict[str, list[str]] = {}

    def __iter__(self) -> Iterator[str]:
        for folder in self._paths.releases.glob("*"):
            if folder.name not in self._known:
                release = ReleasePaths(folder)
                # One of an older program, or removed meanwhile.
                with suppress(OSError, ValueError):
                    env, names = (json.loads(path.read_bytes()) for path in (release.env, release.secrets))
                    self._known[folder.name] = [env[name] for name in names if name in env]
        return iter([*self._given, *(value for values in self._known.values() for value in values)])


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

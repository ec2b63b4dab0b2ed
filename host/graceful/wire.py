"""Typed reading of JSON that came over the wire or from a file, and JSON Lines out.

Every reader names the field it did not like, so that a message that the two programs understand differently is an
error text and not a KeyError.
"""

from __future__ import annotations

import json
from typing import Any

from .errors import GracefulError


class Message:
    """A JSON object whose fields are read by type. `where` names it in errors."""

    def __init__(self, data: dict[str, Any], where: str) -> None:
        self.data = data
        self.where = where

    @staticmethod
    def parse(line: bytes, where: str) -> Message:
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise GracefulError(
                f"{where} is not JSON: {error}",
                "Use the same release of Graceful on both sides.",
                code="protocol",
            ) from error
        if not isinstance(data, dict):
            raise GracefulError(f"{where} is not a JSON object", code="protocol")
        return Message(data, where)

    def _get(self, key: str, kinds: tuple[type, ...], expected: str) -> Any:
        value = self.data.get(key)
        # bool is an int in Python; a flag in place of a number is a mistake of the sender.
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise GracefulError(f"{self.where}: `{key}` must be {expected}", code="bad-request")
        return value

    def text(self, key: str) -> str:
        return str(self._get(key, (str,), "a string"))

    def optional_text(self, key: str) -> str | None:
        return None if self.data.get(key) is None else self.text(key)

    def number(self, key: str) -> int:
        return int(self._get(key, (int,), "a whole number"))

    def flag(self, key: str) -> bool:
        return bool(self._get(key, (bool,), "true or false"))

    def strings(self, key: str) -> list[str]:
        value = self._get(key, (list,), "a list of strings")
        if not all(isinstance(item, str) for item in value):
            raise GracefulError(f"{self.where}: `{key}` must be a list of strings", code="bad-request")
        return list(value)

    def optional_numbers(self, key: str) -> list[int] | None:
        if self.data.get(key) is None:
            return None
        value = self._get(key, (list,), "a list of whole numbers")
        if not all(isinstance(item, int) and not isinstance(item, bool) for item in value):
            raise GracefulError(f"{self.where}: `{key}` must be a list of whole numbers", code="bad-request")
        return list(value)

    def texts(self, key: str) -> dict[str, str]:
        value = self._get(key, (dict,), "a map of strings")
        if not all(isinstance(item, str) for item in value.values()):
            raise GracefulError(f"{self.where}: `{key}` must be a map of strings", code="bad-request")
        return dict(value)

    def part(self, key: str) -> Message:
        return Message(self._get(key, (dict,), "an object"), f"{self.where}.{key}")

    def optional_part(self, key: str) -> Message | None:
        return None if self.data.get(key) is None else self.part(key)


def encode(data: dict[str, Any]) -> bytes:
    """One JSON line, UTF-8."""
    return (json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n").encode(
        "utf-8", "surrogateescape"
    )

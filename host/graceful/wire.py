"""Typed reading of JSON that came over the wire or from a file, and JSON Lines out.

Every reader names the field it did not like, so that a message that the two programs understand differently is an
error text and not a KeyError.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .errors import GracefulError

SAME = "Use the same release of Graceful on both sides."


class Message:
    """A JSON object whose fields are read by type. `where` names it in errors, and `mend` is their next step."""

    def __init__(self, data: dict[str, Any], where: str, mend: str = SAME) -> None:
        self.data = data
        self.where = where
        self.mend = mend

    @staticmethod
    def parse(line: bytes, where: str, mend: str = SAME) -> Message:
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise GracefulError(f"{where} is not JSON: {error}", mend, code="protocol") from error
        if not isinstance(data, dict):
            raise GracefulError(f"{where} is not a JSON object", mend, code="protocol")
        return Message(data, where, mend)

    def _get(self, key: str, kinds: tuple[type, ...], expected: str) -> Any:
        value = self.data.get(key)
        # bool is an int in Python; a flag in place of a number is a mistake of the sender.
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise GracefulError(f"{self.where}: `{key}` must be {expected}", self.mend, code="bad-request")
        return value

    def need(self, texts: Iterable[str], lists: Iterable[str]) -> None:
        """Raises GracefulError naming all of these fields that are no strings, or no lists of strings, at once."""
        wrong = []
        for read, keys in ((self.text, texts), (self.strings, lists)):
            for key in keys:
                try:
                    read(key)
                except GracefulError as error:
                    wrong.append(error.message.removeprefix(f"{self.where}: "))
        if wrong:
            raise GracefulError(f"{self.where}: {'; '.join(wrong)}", self.mend, code="bad-request")

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
            raise GracefulError(
                f"{self.where}: `{key}` must be a list of strings", self.mend, code="bad-request"
            )
        return list(value)

    def optional_numbers(self, key: str) -> list[int] | None:
        if self.data.get(key) is None:
            return None
        value = self._get(key, (list,), "a list of whole numbers")
        if not all(isinstance(item, int) and not isinstance(item, bool) for item in value):
            raise GracefulError(
                f"{self.where}: `{key}` must be a list of whole numbers", self.mend, code="bad-request"
            )
        return list(value)

    def texts(self, key: str) -> dict[str, str]:
        value = self._get(key, (dict,), "a map of strings")
        if not all(isinstance(item, str) for item in value.values()):
            raise GracefulError(
                f"{self.where}: `{key}` must be a map of strings", self.mend, code="bad-request"
            )
        return dict(value)

    def part(self, key: str) -> Message:
        return Message(self._get(key, (dict,), "an object"), f"{self.where}.{key}", self.mend)

    def optional_part(self, key: str) -> Message | None:
        return None if self.data.get(key) is None else self.part(key)


def encode(data: dict[str, Any]) -> bytes:
    """One JSON line, UTF-8."""
    return (json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n").encode(
        "utf-8", "surrogateescape"
    )

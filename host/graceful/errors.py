"""Errors that are told to people: what happened, what state the site is in, what to do next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

UNTOUCHED = "The site is as it was."


class GracefulError(Exception):
    """A request that cannot be done. Nothing was changed unless `state` says otherwise."""

    def __init__(
        self, message: str, next_step: str = "", state: str = UNTOUCHED, code: str = "refused"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.state = state
        self.code = code

    def answer(self) -> dict[str, Any]:
        """The `error` message of the protocol."""
        return {
            "type": "error",
            "code": self.code,
            "message": self.message,
            "state": self.state,
            "next": self.next_step,
        }


@dataclass
class HealthAnswer:
    """What a health check got: status, Location of a redirect, the first 2,000 characters of the body."""

    status: int
    location: str | None
    body: str

    def as_dict(self) -> dict[str, Any]:
        return {"status": self.status, "location": self.location, "body": self.body}


@dataclass
class StepFailure(Exception):
    """A step of the transaction that did not succeed; the transaction decides whether to abandon or to fall back."""

    what: str
    next_step: str
    answer: HealthAnswer | None = None
    log: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return self.what


class Superseded(Exception):
    """A newer deploy was confirmed while this one waited; nothing was changed."""

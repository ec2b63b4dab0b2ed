"""The operations of a site, as its journal has them: a pure fold over its records."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

ORIGIN = ("actor", "runUrl", "workflow", "runNumber", "reason")


def operations(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every operation that began, oldest first, with its steps. What the timer does without one is not among them."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        operation = found.get(record["op"])
        if record["step"] == "begin":
            found[record["op"]] = _begun(record)
        elif operation is None:
            continue
        elif record["step"] == "end":
            operation.update(
                result=record["result"],
                ended=record["at"],
                ms=_between(operation["began"], record["at"]),
                message=record["message"],
            )
        else:
            operation["steps"].append(
                {"step": record["step"], "ms": _between(operation["began"], record["at"])}
            )
    return list(found.values())


def _begun(record: dict[str, Any]) -> dict[str, Any]:
    origin = record.get("origin") or {}
    return {
        "op": record["op"],
        "kind": record["kind"],
        "release": record.get("release"),
        "commit": record.get("commit"),
        "origin": {key: origin[key] for key in ORIGIN if origin.get(key)},
        "began": record["at"],
        "ended": None,
        "ms": None,
        "result": None,
        "message": None,
        "steps": [],
    }


def _between(begin: str, end: str) -> int:
    """Milliseconds; below 0 where the host's clock was set back meanwhile."""
    return round((_time(end) - _time(begin)).total_seconds() * 1000)


def _time(text: str) -> datetime:
    # Python 3.9 reads no `Z`.
    return datetime.fromisoformat(text.replace("Z", "+00:00"))

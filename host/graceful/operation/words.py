"""An operation's tale in the words of a terminal."""

from __future__ import annotations

from typing import Any


def in_words(kind: str, told: dict[str, Any]) -> str | None:
    """One event, or None where it says nothing to whoever looks on: a runner's question, the outcome (told at the end)."""
    if kind == "step":
        return _step(told)
    if kind == "waiting":
        return f"waiting for {told['holder']}"
    if kind == "notice":
        return f"notice: {told['message']}"
    if kind == "log":
        return "\n".join(f"  {line}" for line in told["lines"])
    return None


def _step(told: dict[str, Any]) -> str:
    name, detail = told["step"], told.get("detail")
    if told["status"] == "begin":
        return f"{name} ..."
    took = f"{told['ms'] / 1000:.1f} s"
    if told["status"] == "failed":
        return f"{name} failed after {took}: {detail}"
    return f"{name}: {detail} ({took})" if detail else f"{name}: done ({took})"

"""An operation's tale in the words of a terminal."""

from __future__ import annotations

from typing import Any

#: Why requests fail where a host cannot run two backends.
ALONE = "with `strategy: restart` the site is down until the new backend answers"


def in_words(kind: str, told: dict[str, Any]) -> str | None:
    """One event, or None where it says nothing to whoever looks on: what is for a runner, the outcome (told at the end)."""
    if kind == "step":
        return _step(told)
    if kind == "waiting":
        return f"waiting for {told['holder']}"
    if kind == "notice":
        return f"notice: {told['message']}"
    if kind == "log":
        return "\n".join(f"  {line}" for line in told["lines"])
    if kind == "measured":
        return _measured(told)
    if kind == "unmeasured":
        return f"downtime: not measured: {told['why']}"
    return None


def _measured(told: dict[str, Any]) -> str:
    words = (
        f"downtime: {told['failed']} of {told['requests']} requests through the host's web server failed, the slowest took"
        f" {told['worstMs']} ms"
    )
    return f"{words}; {ALONE}" if told["strategy"] == "restart" else words


def _step(told: dict[str, Any]) -> str:
    name, detail = told["step"], told.get("detail")
    if told["status"] == "begin":
        return f"{name} ..."
    took = f"{told['ms'] / 1000:.1f} s"
    if told["status"] == "failed":
        return f"{name} failed after {took}: {detail}"
    return f"{name}: {detail} ({took})" if detail else f"{name}: done ({took})"

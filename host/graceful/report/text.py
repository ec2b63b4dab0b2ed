"""What the site's messages look like on a terminal."""

from __future__ import annotations

from typing import Any

from ..journal.history import WEB
from ..printing import shown_in_line
from .words import age, columns, size


def status_text(told: dict[str, Any]) -> str:
    """Links, what is under way, what the site lacks, and a table of backends."""
    lines = [f"{told['site']} on {told['host']} in {told['root']}"]
    if told["mode"] == "single-user":
        lines.append("  single-user mode: deploy, site and web server are not kept apart")
    for name, release in told["links"].items():
        lines.append(f"  {'previous-working' if name == 'previousWorking' else name:16}  {release or '-'}")
    for key in ("unfinished", "holder"):
        if told[key]:
            lines.append(f"  {key:16}  {told[key]}")
    if told["stopped"]:
        lines.append(f"  {'stopped':16}  by hand since {told['stopped']}, until `start`")
    if told["offline"]:
        lines.append(f"  {'offline':16}  {_offline(told['offline'])}")
    lines += [f"  {'missing':16}  {words}" for words in told["missing"]]
    if not told["backends"]:
        return "\n".join(lines)
    head = ("PROCESS", "BACKEND", "ROLE", "SINCE", "PID", "MEMORY", "STATE", "LAST HEALTH")
    return "\n".join([*lines, "", columns(head, [_backend(backend) for backend in told["backends"]])])


def _offline(told: dict[str, Any]) -> str:
    parts = [f"since {told['since'] or '?'}"]
    parts += [f"{key} {shown_in_line(told[key])}" for key in ("until", "reason") if told[key]]
    return ", ".join(parts) + "; visitors get the maintenance page"


def _backend(backend: dict[str, Any]) -> list[str]:
    state = "down" if not backend["up"] else "listening" if backend["listening"] else "up"
    if state == "up" and backend["process"] == WEB:
        state = "up, not listening"
    health = backend["health"]
    return [
        backend["process"],
        backend["backend"],
        f"{backend['role']}{' until ' + backend['until'] if backend['until'] else ''}",
        backend["since"] or "-",
        str(backend["pid"] or "-"),
        size(backend["memoryBytes"]),
        state,
        f"{'good' if health['good'] else 'bad'} at {health['at']}: {health['told']}" if health else "-",
    ]


def releases_text(told: dict[str, Any]) -> str:
    """A table of releases."""
    if not told["releases"]:
        return "There is no release on this host yet."
    rows = [
        [
            release["id"],
            release["state"],
            release["commit"][:12],
            age(release["ageMs"]),
            size(release["bytes"]),
            ", ".join(release["tags"]),
        ]
        for release in told["releases"]
    ]
    return columns(("RELEASE", "STATE", "COMMIT", "AGE", "SIZE", "TAGS"), rows)


def history_text(told: dict[str, Any]) -> str:
    """One line for each operation, and why below it where it did not go well."""
    if not told["operations"]:
        return "Nothing was done yet."
    lines = []
    for operation in told["operations"]:
        origin, result = operation["origin"], operation["result"] or "not finished"
        took = "" if operation["ms"] is None else f" after {operation['ms'] / 1000:.1f} s"
        who = f" by {shown_in_line(origin['actor'])}" if origin.get("actor") else ""
        run = f" ({origin['runUrl']})" if origin.get("runUrl") else ""
        release = f" {operation['release']}" if operation["release"] else ""
        lines.append(f"{operation['began']}  {operation['kind']}{release}{who}{run}: {result}{took}")
        if origin.get("reason"):
            lines.append(f"    reason: {shown_in_line(origin['reason'])}")
        if operation["message"] and operation["result"] not in ("live", "unchanged"):
            lines.append(f"    {operation['message']}")
    return "\n".join(lines)

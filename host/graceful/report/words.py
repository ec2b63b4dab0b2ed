"""Durations, sizes and tables for people."""

from __future__ import annotations

from collections.abc import Sequence


def age(milliseconds: float) -> str:
    """A duration in its largest unit: `5 min`."""
    seconds = max(milliseconds, 0) / 1000
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def size(count: int | None) -> str:
    """Bytes in megabytes."""
    return "-" if count is None else f"{count / 1e6:.1f} MB"


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, each column as wide as it has to be."""
    lines = [head, *rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines
    )

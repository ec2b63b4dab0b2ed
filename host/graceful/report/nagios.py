"""The status as a monitoring plugin tells it: one line with performance data, and an exit code of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from ..check.health import ONE_ANSWER, bad_answer
from ..check.http import Address, NoAnswer, get_through_socket
from ..operation.context import Context
from ..release.spec import load_spec

#: The plugins' own exit codes, whatever a command's are otherwise.
OK, WARNING, CRITICAL, UNKNOWN = range(4)
#: The timer asks the live backend each minute; without it for so long, something is wrong (seconds).
STALE = 600.0
NAMES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


@dataclass(frozen=True)
class Measured:
    """How the live backend answered just now: what is wrong with that, if anything, and after how many seconds."""

    trouble: str | None
    seconds: float


def measure(context: Context, status: dict[str, Any]) -> Measured | None:
    """Asks the live backend for its health path; None where there is none to be asked."""
    active = live_backend(status)
    if active is None:
        return None
    spec, began = load_spec(context.paths, active["release"]), time.monotonic()
    try:
        socket = context.paths.backend_socket(active["backend"])
        answer = get_through_socket(socket, Address.of(spec.url), spec.health.path, ONE_ANSWER)
        trouble = bad_answer(spec.health, answer)
    except NoAnswer as error:
        trouble = f"{spec.health.path}: no answer: {error}"
    return Measured(trouble, time.monotonic() - began)


def live_backend(status: dict[str, Any]) -> dict[str, Any] | None:
    """The backend of `web` that serves."""
    live = status["links"]["current"]
    for backend in status["backends"]:
        if (backend["process"], backend["release"], backend["role"]) == ("web", live, "active"):
            found: dict[str, Any] = backend
            return found
    return None


def nagios(status: dict[str, Any], measured: Measured | None, stale: str) -> tuple[int, str]:
    """Exit code and line. All that is wrong is told, the worst of it first. `stale`: nobody has looked after the site where the
    live backend was asked last before that (ISO UTC)."""
    critical, warning = _critical(status, measured), [*_warning(status, stale), *status["missing"]]
    code = CRITICAL if critical else WARNING if warning else OK
    words = "; ".join([*critical, *warning]) or f"{status['links']['current']} is live and healthy"
    return code, line(code, f"{status['site']}: {words}", _perfdata(status, measured))


def line(code: int, words: str, perfdata: str = "") -> str:
    """One line, as a plugin prints it; the bar stands between the words and the performance data alone."""
    told = " ".join(words.replace("|", "/").split())
    return f"GRACEFUL {NAMES[code]} - {told}{f' | {perfdata}' if perfdata else ''}"


def _critical(status: dict[str, Any], measured: Measured | None) -> list[str]:
    if status["links"]["current"] is None:
        return ["no release is live"]
    if measured is None and status["stopped"] is not None:
        # On purpose, as the maintenance page: a warning.
        return []
    if measured is None:
        return [f"{status['links']['current']} is live and has no backend"]
    found = [
        f"{backend['process']} {backend['backend']} is down"
        for backend in status["backends"]
        if backend["role"] == "active" and not backend["up"]
    ]
    return [*found, *([measured.trouble] if measured and measured.trouble else [])]


def _warning(status: dict[str, Any], stale: str) -> list[str]:
    found = []
    offline, live, active = status["offline"], status["links"]["current"], live_backend(status)
    if offline is not None:
        until = f" until {offline['until']}" if offline["until"] else ""
        found.append(f"offline{until}: visitors get the maintenance page")
    if active is None and status["stopped"] is not None:
        found.append(f"{live} was stopped by hand at {status['stopped']}, until `start`")
    if status["unfinished"] is not None:
        found.append(f"unfinished: {status['unfinished']}")
    state = next((release["state"] for release in status["releases"] if release["id"] == live), "good")
    if state not in ("good", "staged"):
        found.append(f"the live release is marked {state}")
    # While offline the timer leaves the live backend alone.
    if offline is None and active is not None and active["health"] and active["health"]["at"] < stale:
        found.append(f"nobody has looked after the site since {active['health']['at']}: does the timer run?")
    return found


def _perfdata(status: dict[str, Any], measured: Measured | None) -> str:
    backends = [backend for backend in status["backends"] if backend["up"]]
    memory = sum(backend["memoryBytes"] or 0 for backend in backends)
    values = [
        *([f"time={measured.seconds:.3f}s;;;0"] if measured else []),
        f"memory={memory}B;;;0",
        f"backends={len(backends)};;;0",
        f"releases={len(status['releases'])};;;0",
    ]
    return " ".join(values)

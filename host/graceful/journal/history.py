"""What the journal says about a site: a pure fold over its records.

Everything that must be known after a crash is derived here: which releases are good, which backends run and in which
role, which operation did not end and how far it came. No clock, no file, no process is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

#: The process that visitors talk to; the one that every release has.
WEB = "web"


@dataclass
class Release:
    """A release in the order in which the site got it. `state`: staged, good, failed, rolled-back or pruned."""

    id: str
    order: int
    commit: str
    state: str = "staged"
    #: What its deploy applied to the database, or may have applied where it was killed on the way.
    migrations: list[str] = field(default_factory=list)
    #: When it got its state (ISO UTC), and why where the journal says so.
    since: str = ""
    why: str = ""


@dataclass
class Backend:
    """`<release>.<n>`, a start of one of the release's processes; all of them share the count.

    `role`: starting, active, standby, draining, stopping or stopped; only `web` is ever standby or draining. `until`: when
    that role ends, for one that is stopping: when its time to end is over.
    """

    name: str
    role: str
    dotenv: list[int] | None = None
    until: str | None = None
    process: str = WEB
    #: Another one of it must never run at the same time.
    singleton: bool = False
    #: How long it may take to end once it was told to (seconds); the process manager's own affair for `web`.
    stop: float = 0
    #: When it was started (ISO UTC).
    at: str = ""
    #: It ended because it could not live.
    failed: bool = False
    #: Since when it has its role (ISO UTC).
    since: str = ""

    @property
    def release(self) -> str:
        return self.name.rpartition(".")[0]


@dataclass
class Unfinished:
    """The operation that began and did not end, with the records that decide how it is finished or undone."""

    op: str
    kind: str
    begin: dict[str, Any]
    #: Backends of `web` that it started.
    started: list[str] = field(default_factory=list)
    #: And those of other processes.
    beside: list[str] = field(default_factory=list)
    switch: dict[str, Any] | None = None
    confirm: dict[str, Any] | None = None
    #: The step it was at, as the last record says.
    step: str = ""

    @property
    def words(self) -> str:
        """What it does, and to which release where it is about one."""
        release = self.begin.get("release")
        return f"{self.kind} of {release}" if release else self.kind


@dataclass
class History:
    """The folded journal."""

    releases: dict[str, Release] = field(default_factory=dict)
    backends: dict[str, Backend] = field(default_factory=dict)
    unfinished: Unfinished | None = None
    #: Highest ticket, and per workflow the highest run number, ever confirmed here.
    ticket: int = 0
    runs: dict[str, int] = field(default_factory=dict)
    #: When the last confirmed release has outlived its standby time (ISO UTC), or None where that is done.
    settles: str | None = None
    #: The links that the last settling wants, until something else moves them.
    settled: dict[str, str | None] | None = None
    #: The record by which somebody stopped the live backend; None once it was started again. Nothing starts it meanwhile.
    halted: dict[str, Any] | None = None
    #: Processes beside web that somebody stopped; none once they were asked for again, or another release is live.
    resting: set[str] = field(default_factory=set)
    #: How each operation ended, by its name.
    ends: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: The record by which visitors get the maintenance page; None while they get the site.
    offline: dict[str, Any] | None = None
    #: When the last record was written (ISO UTC).
    at: str = field(default="", compare=False)

    def next_backend(self, release: str) -> str:
        """Name of the release's next start; a number is never used twice."""
        numbers = [
            int(name.rpartition(".")[2]) for name in self.backends if name.rpartition(".")[0] == release
        ]
        return f"{release}.{max(numbers, default=0) + 1}"

    def backend_in(self, *roles: str) -> list[Backend]:
        """Backends of `web` that have one of the roles, oldest start first."""
        return [
            backend for backend in self.backends.values() if backend.role in roles and backend.process == WEB
        ]

    def others(self) -> list[Backend]:
        """Backends of the processes beside web that have not ended, oldest start first."""
        return [backend for backend in self.standing() if backend.process != WEB]

    def standing(self) -> list[Backend]:
        """Backends of all processes that have not ended, oldest start first."""
        return [backend for backend in self.backends.values() if backend.role != "stopped"]

    def backend_of(self, release: str, *roles: str) -> Backend | None:
        """The newest backend of `web` of a release in one of the roles."""
        found = [backend for backend in self.backend_in(*roles) if backend.release == release]
        return found[-1] if found else None

    def good_before(self, release: str) -> str | None:
        """The newest good release that came before this one: where a rollback from it goes."""
        pivot = self.releases.get(release)
        good = [
            r
            for r in self.releases.values()
            if r.state == "good" and (pivot is None or r.order < pivot.order)
        ]
        return max(good, key=lambda r: r.order).id if good else None

    def ahead_of(self, release: str) -> list[str]:
        """Migrations that later releases applied to the database, oldest first: this one does not know them."""
        pivot = self.releases.get(release)
        later = (r for r in self.releases.values() if pivot is not None and r.order > pivot.order)
        return [name for other in later for name in other.migrations]


#: Steps of the transaction as the journal names them.
STEPS = ("stage", "prepare", "start", "check", "switch", "confirm")
ROLES = {"standby": "standby", "drain": "draining", "stop": "stopping", "stopped": "stopped"}


def fold(records: Iterable[dict[str, Any]]) -> History:
    """The site's history. Unknown steps are passed over: later additions to the same format."""
    history = History()
    for record in records:
        _apply(history, record)
    return history


def _apply(history: History, record: dict[str, Any]) -> None:
    step, process = record["step"], record.get("process", WEB)
    current = history.unfinished
    history.at = record.get("at", "")
    if current is not None and step in STEPS:
        current.step = step
    if step == "begin":
        first = "stage" if record["kind"] in ("deploy", "stage") else "start"
        history.unfinished = Unfinished(record["op"], record["kind"], record, step=first)
    elif step == "stage":
        release = record["release"]
        history.releases[release] = Release(release, len(history.releases), record.get("commit", ""))
    elif step in ("migrate", "migrated") and record.get("release") in history.releases:
        history.releases[record["release"]].migrations = record["migrations"]
    elif step == "start":
        backend = _started(record)
        history.backends[backend.name] = backend
        if current is not None:
            (current.started if backend.process == WEB else current.beside).append(backend.name)
    elif step == "switch" and current is not None:
        current.switch = record
    elif step == "confirm":
        _confirm(history, record)
        if current is not None:
            current.confirm = record
    elif step == "mark":
        history.settled = None
        _mark(history, record["release"], record["state"], record.get("why", ""))
    elif step == "active":
        if process == WEB:
            history.halted = None
        history.resting.discard(process)
        _role(history, record["backend"], "active")
        if "relieves" in record:
            _role(history, record["relieves"], "draining", record["until"])
    elif step in ROLES:
        _role(history, record["backend"], ROLES[step], record.get("until"))
        if record.get("failed") and record["backend"] in history.backends:
            history.backends[record["backend"]].failed = True
        if record.get("asked") and process == WEB:
            history.halted = record
        elif record.get("asked"):
            history.resting.add(process)
        elif record.get("asked") is False:
            history.resting.discard(process)
    elif step == "settle":
        history.settles, history.settled = None, record["links"]
    elif step == "end":
        history.ends[record["op"]] = record
        if current is not None and current.kind in ("offline", "online") and record.get("result") == "done":
            history.offline = current.begin if current.kind == "offline" else None
        history.unfinished = None


def _started(record: dict[str, Any]) -> Backend:
    """Records from before there were other processes name none: those are of `web`."""
    return Backend(
        record["backend"],
        "starting",
        record.get("dotenv"),
        process=record.get("process", WEB),
        singleton=record.get("singleton", False),
        stop=record.get("stop", 0),
        at=record["at"],
        since=record["at"],
    )


def _confirm(history: History, record: dict[str, Any]) -> None:
    """One record makes the new backend active and the old one standby: there is no moment with two or none."""
    history.settles, history.settled = record["until"], None
    history.halted = None
    history.resting.clear()
    if record.get("standby"):
        _role(history, record["standby"], "standby", record["until"])
    if record.get("drains"):
        _role(history, record["drains"], "draining", record["drain_until"])
    _role(history, record["backend"], "active")
    _mark(history, record["release"], "good")
    for release, state in record.get("marks", {}).items():
        _mark(history, release, state)
    history.ticket = max(history.ticket, record.get("ticket") or 0)
    workflow, number = record.get("workflow"), record.get("run_number")
    if workflow and number:
        history.runs[workflow] = max(history.runs.get(workflow, 0), number)


def _mark(history: History, release: str, state: str, why: str = "") -> None:
    known = history.releases.get(release)
    if known is not None:
        known.state, known.since, known.why = state, history.at, why


def _role(history: History, name: str, role: str, until: str | None = None) -> None:
    backend = history.backends.get(name)
    if backend is not None:
        backend.role = role
        backend.until = until
        backend.since = history.at

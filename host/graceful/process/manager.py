"""What Graceful asks of a process manager; one small interface, whoever runs the processes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..errors import Fault


@dataclass(frozen=True)
class State:
    """A backend's process as its manager sees it. `incarnation` changes with every start and restart."""

    #: It runs, and has not been told to end.
    up: bool
    failed: bool
    #: The manager itself starts it again in a moment.
    restarting: bool
    pid: int
    incarnation: str
    cgroup: str
    detail: str
    #: Nothing of it runs any more, and its manager will not start it again.
    ended: bool
    #: False for one that runs and that nobody would start again: its manager died under it.
    kept: bool = True


class Manager(Protocol):
    """Starts, stops and watches backends `<id>.<n>` of a process such as `web`."""

    def start(self, process: str, backend: str) -> None:
        """Starts a backend; returns when it is exec'd. Raises StepFailure."""

    def stop(self, process: str, backend: str, aside: bool = False) -> None:
        """Sends SIGTERM (later SIGKILL, after the process's own time to end) and returns at once. `aside`: nobody waits for its
        end, and all else on the host goes before it."""

    def kill(self, process: str, backend: str) -> None:
        """Ends a backend at once; for one that serves nobody."""

    def logs(self, process: str, backend: str) -> list[str]:
        """The backend's last log lines."""

    def log_command(self, process: str, since: float | None, lines: int, follow: bool) -> list[str]:
        """The command that prints the last lines of a process's log, of all its backends, the latest last: of those since then
        (epoch seconds) where that is given, and with `follow` also those to come, until it is ended."""

    def state(self, process: str, backend: str) -> State:
        """How the backend is now."""

    def owns(self, state: State, pid: int) -> bool:
        """True where the process `pid` belongs to the backend."""

    def manage(self, release: str) -> list[str]:
        """The command that is the release's `bin/manage`, run as the site's user; arguments are put behind it."""

    def sweep(self, wanted: Collection[str]) -> None:
        """Removes what ended backends left behind, and sees that the manager itself runs where there are `wanted` ones:
        all that have not been stopped. Raises StepFailure."""

    def faults(self, processes: Mapping[str, float]) -> list[Fault]:
        """What stands in the way of using this manager for these processes, each with the time that it may take to end
        (seconds)."""

    def notices(self) -> list[str]:
        """What a deploy does not fail for, and should be told of: who would bring the site back?"""

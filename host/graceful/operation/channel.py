"""How a running operation and the fronts that follow it reach each other, in `.op/<name>/`:

`events` is the operation's tale, one JSON line an event, kept after its end; `control` is a socket on which a front
sends heartbeats, a go, the confirm or a cancel, and gets one byte whenever there is something new to read. When the
operation's process dies, the kernel closes the socket, and the front knows at once.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..journal.journal import append_whole
from ..journal.room import keep_room
from ..site.lock import now
from ..wire import encode
from .hiding import hidden, parts_of

#: Name of the socket.
CONTROL = "control"
#: Enough for what an operation tells, unless its commands print a lot (bytes).
ROOM = 64 * 1024


class Gone(Exception):
    """The operation is to end before its work is done; the text says why, `next_step` what to do."""

    def __init__(self, why: str, next_step: str = "") -> None:
        super().__init__(why)
        self.next_step = next_step


class Channel:
    """The operation's side. Made (with its listening socket) before the fork, so that no front comes too early. What it
    tells holds none of the `secrets`."""

    def __init__(self, folder: Path, secrets: Iterable[str] = ()) -> None:
        self.folder = folder
        self._secrets = secrets
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        control = folder / CONTROL
        control.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(control))
        self.listener.listen(8)
        self._events = folder / "events"
        self._news = threading.Condition()
        self._clients: list[socket.socket] = []
        self._heard = time.monotonic()
        self._confirmed = False
        self._going: dict[str, dict[str, Any]] = {}
        self._cancelled: Gone | None = None
        self._sealed = False
        self._lease: float | None = None
        self._untold: OSError | None = None
        self._seq = len(read_events(folder, 0))

    def keep_room(self) -> None:
        """Makes sure that a disk which fills up hides nothing from the runner. Raises OSError without room: it is closed then."""
        try:
            with _opened(self._events) as handle:
                keep_room(handle, ROOM)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Ends a channel whose operation is over; its tale stays, without the room that it did not need."""
        self.listener.close()
        (self.folder / CONTROL).unlink(missing_ok=True)
        with suppress(OSError):
            os.truncate(self._events, self._events.stat().st_size)

    def open(self, lease: float | None, confirmed: bool = False) -> None:
        """Starts listening, in the process that runs the operation. `lease` is in seconds; None: no runner is needed.
        `confirmed`: the host's own check decides, and nobody's word is awaited."""
        self._lease = lease
        self._confirmed = confirmed
        self._heard = time.monotonic()
        threading.Thread(target=self._accept, daemon=True).start()

    def emit(self, kind: str, **body: Any) -> None:
        """Writes one event and wakes every front."""
        with self._news:
            event = {
                "type": "event",
                "seq": self._seq + 1,
                "at": now(),
                "kind": kind,
                **hidden(body, parts_of(self._secrets)),
            }
            # A disk that is fuller than was foreseen must not stop a fall-back.
            try:
                _append(self._events, encode(event))
                self._seq += 1
                self._untold = None
            except OSError as error:
                self._untold = error
            for client in list(self._clients):
                try:
                    client.send(b"\n", socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
                except BlockingIOError:
                    pass  # its buffer is full of wake-ups already
                except OSError:
                    self._clients.remove(client)

    def pause(self, duration: float) -> None:
        """Waits, and raises Gone as soon as the operation was cancelled or the runner's lease is over."""
        self.guard()
        with self._news:
            self._news.wait(duration)
        self.guard()

    def guard(self) -> None:
        """Raises Gone where nobody wants this operation any more."""
        if self._cancelled is not None:
            raise self._cancelled
        if self._lease is not None and time.monotonic() - self._heard > self._lease:
            raise Gone(
                f"nothing was heard of the runner for {self._lease:g} s",
                "See in the workflow's log why the runner or its connection ended; then run it again.",
            )

    def confirmed(self, duration: float) -> bool:
        """Waits up to `duration` seconds for the runner's word. Raises Gone like `pause`, and OSError where the runner could
        not be told what to confirm."""
        with self._news:
            if self._untold is not None and not self._confirmed:
                raise self._untold
            if not self._confirmed and self._cancelled is None:
                self._news.wait(duration)
        if not self._confirmed:
            self.guard()
        return self._confirmed

    def going(self, step: str, duration: float) -> dict[str, Any] | None:
        """Waits up to `duration` seconds for the runner's word to go on with a step, and returns it. Raises Gone like `pause`,
        and OSError where the runner could not be told that it is waited for."""
        with self._news:
            if self._untold is not None:
                raise self._untold
            if step not in self._going and self._cancelled is None:
                self._news.wait(duration)
        self.guard()
        return self._going.get(step)

    def seal(self) -> None:
        """From here on nobody pre-empts this operation. Raises Gone like `pause`."""
        with self._news:
            self.guard()
            self._sealed = True

    def _accept(self) -> None:
        while True:
            client, _ = self.listener.accept()
            with self._news:
                self._clients.append(client)
                # What was told while it came in has woken nobody.
                with suppress(OSError):
                    client.send(b"\n", socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            threading.Thread(target=self._listen, args=(client,), daemon=True).start()

    def _listen(self, client: socket.socket) -> None:
        with client.makefile("rb") as lines:
            try:
                for line in lines:
                    self._hear(json.loads(line))
            except (OSError, ValueError, LookupError, TypeError):
                pass  # no front speaks like that
        with self._news:
            if client in self._clients:
                self._clients.remove(client)
        client.close()

    def _hear(self, message: dict[str, Any]) -> None:
        with self._news:
            if message["type"] == "preempt":
                # Another operation's word: it is no sign of the runner.
                if not self._sealed and self._cancelled is None:
                    self._cancelled = Gone(
                        f"pre-empted by {message['by']}", "Run it again when it is wanted."
                    )
                self._news.notify_all()
                return
            self._heard = time.monotonic()
            if message["type"] == "confirm":
                self._confirmed = True
            elif message["type"] == "go":
                self._going[message["step"]] = message
            elif message["type"] == "cancel":
                why = message.get("reason") or "the runner asked for it"
                self._cancelled = Gone(f"cancelled: {why}", message.get("next") or "")
            self._news.notify_all()


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _append(path: Path, lines: bytes) -> None:
    with _opened(path) as handle:
        append_whole(handle, lines)


def read_events(folder: Path, after: int) -> list[bytes]:
    """Whole event lines that follow number `after`."""
    try:
        raw = (folder / "events").read_bytes()
    except FileNotFoundError:
        return []
    return [line + b"\n" for line in raw.split(b"\n")[:-1][after:]]


def outcome_of(folder: Path) -> dict[str, Any] | None:
    """The outcome that an operation's tale ends with, or None."""
    events = read_events(folder, 0)
    last = json.loads(events[-1]) if events else {}
    outcome: dict[str, Any] | None = last.get("outcome")
    return outcome


def make_up(folder: Path, told: int) -> None:
    """Fills up a tale that is shorter than what the runner was `told` of it, so that what comes next has a number that is
    news to the runner: a power cut takes what was not on disk yet. An outcome that is there already is told again."""
    events = read_events(folder, 0)
    if len(events) >= told:
        return
    outcome = outcome_of(folder)
    lost = {"type": "event", "at": now(), "kind": "notice", "message": "the host lost this part of its tale"}
    lines = [{**lost, "seq": number} for number in range(len(events) + 1, told + 1)]
    if outcome is not None:
        lines.append({**lost, "seq": told + 1, "kind": "outcome", "outcome": outcome})
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _append(folder / "events", b"".join(map(encode, lines)))


def connect(folder: Path) -> socket.socket | None:
    """A front's connection to a running operation, or None when nothing runs there."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.connect(str(folder / CONTROL))
        return client
    except OSError:
        client.close()
        return None


def give_way(folder: Path, by: str) -> None:
    """Asks a running operation to end, if it has not reached SWITCH."""
    client = connect(folder)
    if client is None:
        return
    with client, suppress(OSError):
        client.sendall(encode({"type": "preempt", "by": by}))


def alive(folder: Path) -> bool:
    """True while the operation's process lives."""
    client = connect(folder)
    if client is None:
        return False
    client.close()
    return True

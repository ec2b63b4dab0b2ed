"""Starting operations in processes of their own, and following them for whoever asked until their outcome."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterable
from typing import Any, Callable, Protocol

from ..errors import GracefulError
from ..operation.asked import Asked
from ..operation.channel import Channel, connect, make_up, outcome_of, read_events
from ..operation.context import Context
from ..operation.detach import detach
from ..operation.hiding import Secrets
from ..operation.outcome import ending, plain_outcome
from ..operation.recover import recover
from ..operation.run import run_deploy
from ..release.spec import Spec
from ..site.links import read_links
from ..site.lock import Busy, now
from ..store.lock import StoreHold
from ..wire import Message, encode

#: A recovery that dies as well is tried this often; the timer goes on trying each minute.
RECOVERIES = 3
#: A recovery that waits for the lock looks this often whether its holder has recovered the operation meanwhile (seconds).
RECOVERY_LOCK = 5.0


class Peer(Protocol):
    """Whoever asked for an operation: the runner (see Stream), or an operator at a terminal."""

    def send(self, message: dict[str, Any]) -> None:
        """Tells a message."""

    def send_raw(self, line: bytes) -> None:
        """Passes an event of the operation's tale on."""

    def next_or(self, other: int) -> tuple[list[Message], bool, bool]:
        """Waits for messages or for the descriptor `other`: (messages, other is ready, the peer has hung up)."""


class Operations:
    """The operation of this session's token, or of an operator's command."""

    def __init__(self, context: Context, stream: Peer) -> None:
        self._context = context
        self._stream = stream

    def deploy(
        self,
        spec: Spec,
        env: dict[str, str],
        secrets: list[str],
        asked: Asked,
        hold: StoreHold,
        kind: str,
        adopt: bool,
    ) -> None:
        """Starts a deploy (or stage) and follows it. `secrets` names the variables whose values are not to be told."""
        self.start(
            lambda context: run_deploy(context, spec, env, secrets, asked, hold, kind, adopt),
            spec.times.lease,
            [value for name, value in env.items() if name in secrets],
        )
        hold.release()
        self.follow(0)

    def run(self, work: Callable[[Context], dict[str, Any]], lease: float | None) -> None:
        """Starts any other operation and follows it. Without a `lease` it goes on whoever is gone, and awaits no confirm."""
        self.start(work, lease)
        self.follow(0)

    def outcome(self) -> dict[str, Any]:
        """The answer to `outcome`."""
        folder = self._context.folder
        outcome = outcome_of(folder)
        client = None if outcome else connect(folder)
        if client is not None:
            client.close()
        elif outcome is None:
            outcome = ending(self._context)
        state = "ended" if outcome else "running" if client else "unknown"
        return {"type": "outcome", "state": state, "outcome": outcome}

    def start(
        self,
        work: Callable[[Context], dict[str, Any] | None],
        lease: float | None,
        secrets: Iterable[str] = (),
    ) -> None:
        """Starts an operation in a process of its own. Raises OSError where there is no room for what it tells."""
        channel = Channel(self._context.folder, Secrets(self._context.paths, secrets))
        if lease is not None:
            # The runner is to hear what it has to confirm.
            channel.keep_room()

        def run() -> None:
            channel.open(lease, confirmed=lease is None)
            here = self._context
            context = Context(here.site, here.paths, here.manager, here.name, channel)
            outcome = work(context)
            if outcome is not None:
                channel.emit("outcome", outcome=outcome)
            channel.close()

        detach(channel, run)

    def follow(self, after: int) -> None:
        """Passes events on until the outcome; the runner's heartbeats, go, confirm and cancel go the other way.

        When the operation's process dies, it is recovered at once. Returns when the outcome was sent or the runner
        hung up, which the operation does not mind.
        """
        make_up(self._context.folder, after)
        for _ in range(RECOVERIES + 1):
            after, ended = self._until_silence(after)
            if ended or self._has_ended(after):
                return
            self.start(self._recovery, None)
        raise GracefulError(
            "the operation's process died, and so did each recovery",
            "Run `status`; the host's timer tries to recover each minute.",
            "The site serves one whole release; which one, `status` tells.",
            "internal",
        )

    def _has_ended(self, after: int) -> bool:
        """True where the operation's last word had no room in its tale, but its end is in the journal: that is told."""
        outcome = ending(self._context)
        if outcome is not None:
            told = {"type": "event", "seq": after + 1, "at": now(), "kind": "outcome", "outcome": outcome}
            self._stream.send_raw(encode(told))
        return outcome is not None

    def _recovery(self, context: Context) -> dict[str, Any] | None:
        """Recovers, or waits until whoever holds the lock has; returns an outcome only where the operation's tale has none
        yet."""
        waited = False
        while True:
            with contextlib.suppress(Busy), context.lock("recover", {}, RECOVERY_LOCK, quietly=waited):
                if outcome_of(context.folder) is None:
                    recover(context)
            if outcome_of(context.folder) is not None:
                return None
            history = context.history()
            ended = history.ends.get(context.name)
            if ended is not None:
                # It died between its last record and its last word, or whoever recovered it has.
                return plain_outcome(context, ended["result"], ended["release"], ended["message"])
            if history.unfinished is None or history.unfinished.op != context.name:
                break
            waited = True
        crash = context.folder / "crash"
        told = f" {crash.read_text().strip().splitlines()[-1]}" if crash.exists() else ""
        serves = read_links(context.paths)["current"]
        return plain_outcome(
            context, "failed", serves, f"The operation's process died before it changed anything.{told}"
        )

    def _until_silence(self, after: int) -> tuple[int, bool]:
        """Follows one process of the operation: (last event sent, whether all is done or nobody listens)."""
        folder = self._context.folder
        control = connect(folder)
        while True:
            for line in read_events(folder, after):
                self._stream.send_raw(line)
                after += 1
                if b'"kind":"outcome"' in line:
                    return after, True
            if control is None:
                return after, False
            messages, told, hung_up = self._stream.next_or(control.fileno())
            if told and not _spoke(control):
                control.close()
                control = None
            for message in messages:
                kind = message.text("type")
                if kind == "heartbeat":
                    self._stream.send({"type": "ack", "n": message.number("n")})
                if control is not None and kind in ("heartbeat", "go", "confirm", "cancel"):
                    self._forward(control.fileno(), message)
            if hung_up:
                return after, True

    def _forward(self, control: int, message: Message) -> None:
        # A failure is the operation's end, which shows at the next wait.
        with contextlib.suppress(OSError):
            os.write(control, encode(message.data))


def _spoke(control: socket.socket) -> bool:
    """Takes what woke us; False when the operation's process is gone."""
    try:
        return bool(control.recv(4096))
    except OSError:
        # It died with words of ours unread.
        return False

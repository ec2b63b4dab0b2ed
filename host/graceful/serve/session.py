"""What a runner may ask after its hello, and who answers it."""

from __future__ import annotations

import os

from ..errors import GracefulError, explain
from ..operation.applied import applied
from ..operation.asked import Asked
from ..operation.verify import verify
from ..packages import packages
from ..release.spec import Spec, Times
from ..report.live import known_trees, live_build
from ..report.outcome import outcome
from ..store.assemble import make_store, sync_file_system
from ..store.environment import build_environment
from ..store.lock import StoreHold
from ..store.receive import keep_trees, receive_pack
from ..store.roots import register_root
from ..store.wanted import Wanted, read_wanted
from ..wire import Message
from .fetch import send_trees
from .follow import Operations
from .greeting import FETCH, PLAN, SHIPPING, VERIFY, Greeting
from .logs import send_logs
from .preflight import preflight
from .requests import OPERATIONS, QUESTIONS
from .stream import Stream

#: All that a plan asks.
PLANNING = ("heartbeat", "preflight", "packages", "want", "applied", "status")


class Session:
    """A session that was greeted."""

    def __init__(self, stream: Stream, greeting: Greeting) -> None:
        self._stream = stream
        self._greeting = greeting
        self._verb = greeting.verb
        self._context = greeting.context
        self._operations = Operations(greeting.context, stream)
        self._hold: StoreHold | None = None
        self._wanted: Wanted | None = None

    def serve(self) -> None:
        """Answers until the runner ends the session."""
        message = self._greeting.question or self._stream.next()
        while message is not None:
            self._answer(message)
            message = self._stream.next()

    def _answer(self, message: Message) -> None:
        kind = message.text("type")
        if self._greeting.plan_only and kind not in PLANNING:
            raise GracefulError(f"this key is for plans alone, not for {kind}", code="refused")
        if kind == "heartbeat":
            self._stream.send({"type": "ack", "n": message.number("n")})
        elif kind in QUESTIONS:
            self._stream.send(QUESTIONS[kind](message, self._context))
        elif kind == "logs":
            send_logs(self._context, self._stream, message)
        elif kind == FETCH:
            self._need(FETCH)
            send_trees(self._context.paths, self._stream, message.texts("trees"))
        elif kind == VERIFY:
            self._need(VERIFY)
            # Whoever serves or deploys meanwhile goes first.
            os.nice(19)
            verify(self._context, self._stream.send)
        elif kind == "outcome" and "operation" in message.data:
            self._stream.send(outcome(self._context, message.optional_text("operation")))
        elif kind == "outcome":
            self._stream.send(self._operations.outcome())
        elif kind == "attach":
            self._operations.follow(message.number("after"))
        elif kind in ("preflight", "packages", "want"):
            self._need(*SHIPPING, PLAN)
            {"preflight": self._preflight, "packages": self._packages, "want": self._want}[kind](message)
        elif kind == "pack":
            self._need(*SHIPPING)
            self._receive(message)
        elif kind == "applied":
            self._need(PLAN)
            self._stream.send(applied(self._context))
        elif kind in SHIPPING:
            self._need(kind)
            self._deploy(message, kind)
        elif kind in OPERATIONS:
            self._need(kind)
            times = Times.read(message.part("times"))
            self._operations.run(OPERATIONS[kind](message, self._asked(message, times)), times.lease)
        elif kind not in ("go", "confirm", "cancel"):  # too late for these: the operation has ended
            raise GracefulError(
                f"the message {kind!r} is not known", "Use the same release on both sides.", code="protocol"
            )

    def _need(self, *verbs: str) -> None:
        if self._verb not in verbs:
            raise GracefulError(
                f"this session is for {self._verb}, not for {' or '.join(verbs)}", code="protocol"
            )

    def _asked(self, message: Message, times: Times) -> Asked:
        return Asked(
            self._greeting.origin,
            times.lock,
            self._greeting.ticket,
            message.data.get("force") is True,
            message.data.get("preempt") is True,
            message.data.get("databaseAhead") is True,
            self._greeting.fleet,
        )

    def _preflight(self, message: Message) -> None:
        self._stream.send(preflight(self._context, message, self._greeting.adopt, self._verb == PLAN))

    def _packages(self, message: Message) -> None:
        if message.flag("install"):
            self._need(*SHIPPING)
        self._stream.send(packages(message, self._context))

    def _want(self, message: Message) -> None:
        paths = self._context.paths
        if self._verb != PLAN:
            make_store(paths, self._context.site.owner)
            register_root(paths, self._context.site.name, self._context.site.owner)
            if self._hold is None:
                self._hold = StoreHold(paths.store_lock)
        self._wanted = read_wanted(message, self._stream.chunks(), paths)
        build = live_build(self._context)["build"] if self._wanted.unread else None
        self._stream.send({**self._wanted.lacks(), "known": known_trees(self._context, build, env=True)})

    def _receive(self, message: Message) -> None:
        context, owner, wanted = self._context, self._context.site.owner, self._wanted
        if wanted is None:
            raise GracefulError("`want` has to come before `pack`", code="protocol")
        if wanted.unread:
            raise GracefulError(
                f"nothing was told of {len(wanted.unread)} trees that are to be sent", code="bad-request"
            )
        try:
            objects = receive_pack(
                self._stream.chunks(), wanted, context.paths, owner, message.text("compression")
            )
            # One sync for all objects; only then may a manifest claim that its tree is whole.
            sync_file_system(context.paths.store)
            keep_trees(wanted, context.paths, owner)
            env = message.optional_part("env")
            if env is not None:
                build_environment(
                    context.paths,
                    owner,
                    env.text("hash"),
                    env.text("digest"),
                    env.text("python"),
                    env.text("requirements"),
                )
        except OSError as error:
            what, mend = explain(error, context.paths.store)
            raise GracefulError(
                f"the pack cannot be stored: {what}",
                f"{mend}\nThen run the deploy again; what was received is kept.",
                code="host",
            ) from error
        self._stream.send({"type": "received", "objects": objects})

    def _deploy(self, message: Message, kind: str) -> None:
        spec = Spec.read(message.part("release"))
        if self._greeting.ticket is None or self._hold is None:
            raise GracefulError(f"`want` has to come before `{kind}`", code="protocol")
        self._operations.deploy(
            spec,
            message.texts("env"),
            message.strings("secrets"),
            self._asked(message, spec.times),
            self._hold,
            kind,
            self._greeting.adopt,
        )
        self._hold = None

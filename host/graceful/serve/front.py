"""`graceful serve`: one session of the runner with this site."""

from __future__ import annotations

import hashlib
import os
import traceback
from pathlib import Path
from typing import Any

from ..errors import GracefulError, explain
from ..operation.applied import applied
from ..operation.asked import Asked
from ..operation.context import Context
from ..operation.verify import verify
from ..packages import packages
from ..release.spec import Spec, Times
from ..report.outcome import outcome
from ..site.settings import load_site, settle
from ..site.ticket import raise_ticket
from ..store.assemble import make_store, sync_file_system
from ..store.environment import build_environment
from ..store.lock import StoreHold
from ..store.receive import keep_trees, receive_pack
from ..store.roots import register_root
from ..store.wanted import Wanted, read_wanted
from ..version import PROTOCOL, VERSION
from ..wire import Message
from .fetch import send_trees
from .follow import Operations
from .logs import send_logs
from .preflight import host_faults, preflight, welcome
from .requests import OPERATIONS, QUESTIONS
from .stream import Stream, quiet_stdout

UNUSABLE = 69
#: What sends a release to the host.
SHIPPING = ("deploy", "stage")
#: What takes a release's bits from the host, and changes nothing.
FETCH = "fetch"
#: What looks for damage, and changes nothing of a site's.
VERIFY = "verify"
#: What asks all that a deploy asks, and changes nothing.
PLAN = "plan"
#: All that a plan asks.
PLANNING = ("heartbeat", "preflight", "packages", "want", "applied", "status")
#: Sessions that change nothing.
ASKING = (*QUESTIONS, "logs", "outcome", FETCH, VERIFY, PLAN)


def main(hello_line: bytes | None = None, plan_only: bool = False) -> int:
    """Serves one session on standard input and output; returns its exit code. The bootstrap, where it ran, has read the
    `hello_line` already. `plan_only`: whoever asks may plan deploys, and learns nothing else."""
    stream = quiet_stdout()
    root = Path("/")
    try:
        first = Message.parse(hello_line, "hello") if hello_line else stream.next()
        if first is not None:
            root = Path(first.text("root"))
            _Session(stream, first, plan_only).serve()
    except GracefulError as error:
        return _fail(stream, error)
    except ConnectionError:
        # The runner is gone; what matters lives in a process of its own.
        return 0
    except OSError as error:
        return _fail(stream, GracefulError(*explain(error, root), code="host"))
    except Exception as error:
        # Told as an error of ours: a program that just ends looks like a lost connection.
        traceback.print_exc()
        return _fail(
            stream, GracefulError(f"{type(error).__name__}: {error}", "Please report this.", code="internal")
        )
    return 0


def _fail(stream: Stream, error: GracefulError) -> int:
    stream.send(error.answer())
    return UNUSABLE


def operation_name(token: str) -> str:
    """Folder of a token's operation: who knows only the name cannot attach."""
    if len(token) < 32 or not token.isalnum():
        raise GracefulError("the operation's token must have 128 bits, in hex", code="bad-request")
    return hashlib.sha256(token.encode()).hexdigest()[:16]


class _Session:
    def __init__(self, stream: Stream, hello: Message, plan_only: bool = False) -> None:
        if hello.text("type") != "hello" or hello.number("protocol") != PROTOCOL:
            raise GracefulError(
                f"this host program is {VERSION} and speaks protocol {PROTOCOL}; the runner program is"
                f" {hello.data.get('version')} and speaks {hello.data.get('protocol')}",
                "Use the same release of Graceful on both sides; with a forced-command key, install it on the host.",
                code="protocol",
            )
        self._stream = stream
        self._verb = hello.text("verb")
        self._plan_only = plan_only
        if plan_only and self._verb != PLAN:
            raise GracefulError(
                f"this key is for plans alone, not for {self._verb}",
                "Use the key that deploys, or `command: plan`.",
                code="refused",
            )
        self._origin: dict[str, Any] = hello.part("origin").data
        site = load_site(hello.text("site"), Path(hello.text("root")), hello.text("manager"))
        self._context = Context.of(site, operation_name(hello.text("token")))
        self._operations = Operations(self._context, stream)
        self._hold: StoreHold | None = None
        self._wanted: Wanted | None = None
        self._ticket: int | None = None
        self._adopt = hello.data.get("adopt") is True
        self._fleet = hello.data.get("fleet") is True
        self._asked_first = hello.optional_part("ask")

    def serve(self) -> None:
        faults = host_faults(self._context, self._adopt)
        if self._verb in SHIPPING and not faults:
            settle(self._context.site)
        if self._verb not in ASKING and not faults:
            self._ticket = raise_ticket(self._context.paths, self._context.history().ticket)
        # Only who asks for it is told: by that a runner knows that this program holds with the others.
        fleet = {"fleet": True} if self._fleet else {}
        self._stream.send({**welcome(self._context, self._ticket, faults), **fleet})
        if self._asked_first is not None:
            self._answer(self._asked_first)
        while True:
            message = self._stream.next()
            if message is None:
                return
            self._answer(message)

    def _answer(self, message: Message) -> None:
        kind = message.text("type")
        if self._plan_only and kind not in PLANNING:
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
            self._origin,
            times.lock,
            self._ticket,
            message.data.get("force") is True,
            message.data.get("preempt") is True,
            message.data.get("databaseAhead") is True,
            self._fleet,
        )

    def _preflight(self, message: Message) -> None:
        self._stream.send(preflight(self._context, message, self._adopt, self._verb == PLAN))

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
        self._stream.send(self._wanted.lacks())

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
        if self._ticket is None or self._hold is None:
            raise GracefulError(f"`want` has to come before `{kind}`", code="protocol")
        self._operations.deploy(
            spec,
            message.texts("env"),
            message.strings("secrets"),
            self._asked(message, spec.times),
            self._hold,
            kind,
            self._adopt,
        )
        self._hold = None

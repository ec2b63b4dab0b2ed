"""The first words of a session: what the runner's hello says, and what this host answers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ..errors import GracefulError
from ..operation.context import Context
from ..site.settings import load_site, settle
from ..site.ticket import raise_ticket
from ..version import PROTOCOL, VERSION
from ..wire import Message
from .welcome import host_faults, welcome

#: What sends a release to the host.
SHIPPING = ("deploy", "stage")
#: What takes a release's bits from the host, and changes nothing.
FETCH = "fetch"
#: What looks for damage, and changes nothing of a site's.
VERIFY = "verify"
#: What asks all that a deploy asks, and changes nothing.
PLAN = "plan"
#: Sessions that change nothing: they raise no ticket.
ASKING = ("status", "live", "releases", "history", "logs", "outcome", FETCH, VERIFY, PLAN)


def operation_name(token: str) -> str:
    """Folder of a token's operation: who knows only the name cannot attach."""
    if len(token) < 32 or not token.isalnum():
        raise GracefulError("the operation's token must have 128 bits, in hex", code="bad-request")
    return hashlib.sha256(token.encode()).hexdigest()[:16]


class Greeting:
    """A session's hello. `plan_only`: its key may plan deploys, and learns nothing else. Raises GracefulError where this
    program cannot hold the session."""

    def __init__(self, hello: Message, plan_only: bool = False) -> None:
        if hello.text("type") != "hello" or hello.number("protocol") != PROTOCOL:
            raise GracefulError(
                f"this host program is {VERSION} and speaks protocol {PROTOCOL}; the runner program is"
                f" {hello.data.get('version')} and speaks {hello.data.get('protocol')}",
                "Use the same release of Graceful on both sides; with a forced-command key, install it on the host.",
                code="protocol",
            )
        self.verb = hello.text("verb")
        self.plan_only = plan_only
        if plan_only and self.verb != PLAN:
            raise GracefulError(
                f"this key is for plans alone, not for {self.verb}",
                "Use the key that deploys, or `command: plan`.",
                code="refused",
            )
        self.origin: dict[str, Any] = hello.part("origin").data
        site = load_site(hello.text("site"), Path(hello.text("root")), hello.text("manager"))
        self.context = Context.of(site, operation_name(hello.text("token")))
        self.adopt = hello.data.get("adopt") is True
        self.fleet = hello.data.get("fleet") is True
        #: What the runner asks at once, in the same breath.
        self.question = hello.optional_part("ask")
        self.ticket: int | None = None

    def answer(self) -> dict[str, Any]:
        """Makes the site's folders as they have to be, raises the ticket of a session that changes anything, and returns the
        `welcome`."""
        context = self.context
        faults = host_faults(context, self.adopt)
        if self.verb in SHIPPING and not faults:
            settle(context.site)
        if self.verb not in ASKING and not faults:
            self.ticket = raise_ticket(context.paths, context.history().ticket)
        # Only who asks for it is told: by that a runner knows that this program holds with the others.
        fleet = {"fleet": True} if self.fleet else {}
        return {**welcome(context, self.ticket, faults), **fleet}

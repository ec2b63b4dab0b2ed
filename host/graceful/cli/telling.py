"""Verbs that tell of the site and change nothing. They never wait for the lock."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from ..errors import GracefulError, StepFailure
from ..operation.context import moment
from ..operation.logs import matching, reading, wanted
from ..report.history import history
from ..report.nagios import STALE, UNKNOWN, line, measure, nagios
from ..report.outcome import outcome
from ..report.releases import releases
from ..report.status import status
from ..report.text import history_text, releases_text, status_text
from .codes import UNUSABLE_HOST, code_of
from .duration import duration
from .going import told
from .output import put
from .site import context
from .values import name, whole
from .verbs import Verbs

#: Operations that `history` tells where no number is given.
LAST = 20


def add(verbs: Verbs) -> None:
    """Adds the family's verbs."""
    verb = verbs.add(
        "status",
        _status,
        "what is live, which backends run, and what is under way",
        "Every backend with its release, role (active, standby, draining), process id, memory (resident, of all its"
        " processes), whether it listens, and how it answered when it was asked last.",
    )
    form = verb.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as one JSON object")
    form.add_argument(
        "--nagios",
        action="store_true",
        help="ask the live backend now, and answer as a monitoring plugin does: one line with performance data; exit"
        " code 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN",
    )

    verb = verbs.add(
        "releases",
        _releases,
        "the releases on this host, newest first",
        "State (staged, good, failed, rolled-back), commit, age, size on the disk, and what each is to the site: current,"
        " previous, working, previous-working, standby, draining.",
    )
    verb.add_argument("--json", action="store_true", help="as one JSON object")

    verb = verbs.add(
        "history",
        _history,
        "what was done with the site: when, by whom, for how long, and how it ended; the latest first",
    )
    verb.add_argument("--json", action="store_true", help="as one JSON object, with every step")
    verb.add_argument(
        "-n", "--last", type=whole, default=LAST, metavar="N", help=f"so many operations (default: {LAST})"
    )

    verb = verbs.add(
        "outcome",
        _outcome,
        "what became of an operation, or of the last one that somebody asked for",
        "Its name stands in the log of the run that began it. The exit code is that of its result.",
    )
    verb.add_argument("operation", nargs="?", type=name, metavar="OPERATION")
    verb.add_argument("--json", action="store_true", help="as one JSON object")

    verb = verbs.add(
        "logs",
        _logs,
        "what a process of the site has written",
        "Of all its backends, the old ones too, the latest last. Without --since and --grep the last 200 lines.",
    )
    verb.add_argument("process", nargs="?", type=name, default="web", metavar="PROCESS", help="default: web")
    verb.add_argument("--since", type=duration, metavar="TIME", help="how far back: 90s, 10m, 2h, 3d")
    verb.add_argument(
        "--grep",
        metavar="REGEX",
        help="only lines in which this is found, of all that is kept, or of --since",
    )
    verb.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")


def _status(arguments: Namespace) -> int:
    if arguments.nagios:
        return _nagios()
    return _tell(status(context("status")), arguments.json, status_text)


def _nagios() -> int:
    """A plugin tells all it has to tell on one line of standard output, its own failure too."""
    try:
        here = context("status")
        now = status(here)
        code, words = nagios(now, measure(here, now), moment(-STALE))
    except (GracefulError, StepFailure, OSError) as error:
        code, words = UNKNOWN, line(UNKNOWN, str(error))
    return UNKNOWN if put(words) else code


def _releases(arguments: Namespace) -> int:
    return _tell(releases(context("releases")), arguments.json, releases_text)


def _history(arguments: Namespace) -> int:
    return _tell(history(context("history"), arguments.last), arguments.json, history_text)


def _outcome(arguments: Namespace) -> int:
    message = outcome(context("outcome"), arguments.operation)
    operation, state, ended = message["operation"], message["state"], message["outcome"]
    if state == "unknown":
        raise GracefulError(
            "nothing was done yet" if operation is None else f"there was no operation {operation}",
            "`history` lists them.",
            code="unknown",
        )
    if arguments.json:
        _tell(message, True, None)
    elif ended is None:
        print(f"{operation} has not ended yet")
    else:
        return told(ended)
    return code_of(ended) if ended else 0


def _tell(message: dict[str, Any], as_json: bool, text: Any) -> int:
    body = {key: value for key, value in message.items() if key != "type"}
    return put(json.dumps(body, indent=2) if as_json else text(body)) or 0


def _logs(arguments: Namespace) -> int:
    pattern = matching(arguments.grep)
    which = wanted(arguments.process, arguments.since, arguments.grep, arguments.follow)
    try:
        with reading(context("logs"), which) as child:
            assert child.stdout is not None
            for raw in child.stdout:
                text = raw.decode("utf-8", "replace")
                if pattern.search(text):
                    stopped = put(text, end="")
                    if stopped is not None:
                        return stopped
            # The reader has said on standard error why it could not; its own number would mean something else here.
            return UNUSABLE_HOST if child.wait() else 0
    except KeyboardInterrupt:
        return 0

"""`graceful`: the host program's own command line, for timer, boot unit, forced command and operator."""

from __future__ import annotations

import argparse
import json
import os
import pwd
import secrets
import sys
from pathlib import Path

from .errors import GracefulError, StepFailure, explain
from .operation.channel import outcome_of
from .operation.context import Context
from .operation.run import run_rollback
from .operation.tick import tick
from .serve.front import main as serve
from .serve.front import operation_name
from .site.links import linked_release
from .site.settings import site_of_root
from .status import status
from .version import VERSION

#: Exit codes, the same as the runner's.
CODES = {"live": 0, "unchanged": 0, "failed": 1, "fell-back": 2, "superseded": 3, "not-reverted": 4}
BAD_INPUT = 64
UNUSABLE_HOST = 69
#: Longest that an operator's rollback waits for another operation (seconds).
LOCK = 600.0


def _root() -> Path:
    """The root of the site whose `bin/` this program was called from, or the one above the working folder."""
    for start in (Path(sys.argv[0]).absolute().parent.parent, *Path.cwd().parents, Path.cwd()):
        if (start / "bin" / "graceful").exists():
            return start
    raise GracefulError("this is no site's folder", "Call <root>/bin/graceful.", code="bad-request")


def _context(name: str) -> Context:
    return Context.of(site_of_root(_root()), name)


def _status(as_json: bool) -> None:
    told = status(_context("status"))
    if as_json:
        print(json.dumps(told, indent=2))
        return
    print(f"{told['site']} on {told['host']} in {told['root']}")
    if told["mode"] == "single-user":
        print("  single-user mode: deploy, site and web server are not kept apart")
    for name, release in told["links"].items():
        print(f"  {'previous-working' if name == 'previousWorking' else name:16} {release or '-'}")
    for backend in told["backends"]:
        print(
            f"  {backend['role']:16} {backend['backend']} {'up' if backend['up'] else 'down'} pid {backend['pid']}"
        )
    for key in ("unfinished", "holder"):
        if told[key]:
            print(f"  {key:16} {told[key]}")


def _rollback(release: str | None, reason: str) -> int:
    """Rolls back without a runner: the host's own verify decides alone."""
    who = os.environ.get("SUDO_USER") or pwd.getpwuid(os.geteuid()).pw_name
    context = _context(f"rollback-{secrets.token_hex(4)}")
    outcome = run_rollback(context, release, {"actor": who, "reason": reason}, LOCK)
    print(f"{outcome['result']}: {outcome['message']}")
    if outcome["failure"]:
        print(f"{outcome['failure']['next']}\n" + "\n".join(outcome["failure"]["log"]), file=sys.stderr)
    return CODES[outcome["result"]]


def _manage(argv: list[str]) -> None:
    """Becomes `manage.py ARGV` of the release that serves, as the site's user; a terminal stays a terminal."""
    context = _context("manage")
    release = linked_release(context.paths, "current")
    if release is None:
        raise GracefulError("nothing is live yet", "Deploy first; then run this again.", code="bad-request")
    command = context.manager.manage(release)
    os.execvp(command[0], [*command, *argv])


def main() -> None:
    """Runs one verb; exit codes as everywhere in Graceful."""
    parser = argparse.ArgumentParser(
        prog="graceful", description="Graceful on this host, for the site it stands in."
    )
    parser.add_argument("--version", action="version", version=VERSION)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("serve", help="speak with the runner on standard input and output")
    verbs.add_parser("tick", help="what time asks for: recover, keep the live backend up, end standby, drain")
    telling = verbs.add_parser("status", help="links, backends and what is under way")
    telling.add_argument("--json", action="store_true")
    going_back = verbs.add_parser("rollback", help="go back to `previous`, or to the named release")
    going_back.add_argument("release", nargs="?", metavar="RELEASE")
    going_back.add_argument("--reason", default="", help="for the journal")
    managing = verbs.add_parser(
        "manage", help="run a command of manage.py, such as createsuperuser, in the live release"
    )
    managing.add_argument("argv", nargs=argparse.REMAINDER, metavar="COMMAND")
    verbs.add_parser("outcome", help="what became of an operation; its token is read from standard input")
    arguments = parser.parse_args()
    try:
        if arguments.verb == "serve":
            sys.exit(serve())
        elif arguments.verb == "tick":
            tick(_context(f"tick-{secrets.token_hex(4)}"))
        elif arguments.verb == "status":
            _status(arguments.json)
        elif arguments.verb == "rollback":
            sys.exit(_rollback(arguments.release, arguments.reason))
        elif arguments.verb == "manage":
            _manage(arguments.argv)
        else:
            context = _context(operation_name(sys.stdin.readline().strip()))
            print(json.dumps(outcome_of(context.folder), indent=2))
    except OSError as error:
        what, mend = explain(error, _root())
        print(f"graceful: {what}\n{mend}", file=sys.stderr)
        sys.exit(UNUSABLE_HOST)
    except StepFailure as failure:
        print(f"graceful: {failure.what}\n{failure.next_step}", file=sys.stderr)
        sys.exit(UNUSABLE_HOST)
    except GracefulError as error:
        print(f"graceful: {error.message}\n{error.state} {error.next_step}", file=sys.stderr)
        sys.exit(BAD_INPUT if error.code == "bad-request" else UNUSABLE_HOST)

"""The command line as a whole: its verbs, and how each ends."""

from __future__ import annotations

import sys
import traceback
from argparse import ArgumentParser
from typing import Any, NoReturn

from ..errors import GracefulError, StepFailure, explain
from ..version import VERSION
from . import by_hand, going, keeping, managing, serving, telling, visitors
from .codes import BAD_INPUT, INTERNAL, INTERRUPTED, UNUSABLE_HOST
from .site import called, root
from .verbs import Verbs

FAMILIES = (telling, going, by_hand, keeping, visitors, managing, serving)


EPILOG = "Exit codes: 0 done, 1 failed, 2 fell back, 3 superseded, 4 not reverted, 64 wrong use, 69 the host cannot be used so."


class Grammar(ArgumentParser):
    """A parser whose own exit code is none that means something else here, and that guesses at no option: `--f` is no
    `--force`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **{**named, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def parser() -> ArgumentParser:
    """The whole grammar."""
    whole = Grammar(
        prog=called(), description="Graceful on this host, for the site it stands in.", epilog=EPILOG
    )
    whole.add_argument("--version", action="version", version=VERSION)
    verbs = Verbs(whole)
    for family in FAMILIES:
        family.add(verbs)
    return whole


def main() -> None:
    """Runs one verb; exit codes as everywhere in Graceful."""
    arguments = parser().parse_args()
    try:
        sys.exit(arguments.run(arguments))
    except OSError as error:
        what, mend = explain(error, root())
        print(f"{called()}: {what}\n{mend}", file=sys.stderr)
        sys.exit(UNUSABLE_HOST)
    except StepFailure as failure:
        print(f"{called()}: {failure.what}\n{failure.next_step}", file=sys.stderr)
        sys.exit(UNUSABLE_HOST)
    except GracefulError as error:
        print(f"{called()}: {error.message}\n{error.state} {error.next_step}", file=sys.stderr)
        sys.exit(BAD_INPUT if error.code in ("bad-request", "unknown") else UNUSABLE_HOST)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception:
        traceback.print_exc()
        print(f"{called()}: a fault of this program; please report it", file=sys.stderr)
        sys.exit(INTERNAL)

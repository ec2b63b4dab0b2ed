"""How a family of verbs comes into the command line."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Callable


class Verbs:
    """The verbs of the command line, each with what runs it: that gets what was given, and returns the exit code."""

    def __init__(self, parser: ArgumentParser) -> None:
        self._verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def add(self, name: str, run: Callable[[Namespace], int], summary: str, more: str = "") -> ArgumentParser:
        """A verb's parser, for its arguments. `more` follows the summary in the verb's own help."""
        verb = self._verbs.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.{f' {more}' if more else ''}",
        )
        verb.set_defaults(run=run)
        return verb

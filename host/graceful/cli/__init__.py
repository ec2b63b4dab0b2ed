"""`graceful`: the host program's own command line, for timer, boot unit, forced command and operator. One module for
each family of verbs."""

from .command import main

__all__ = ["main"]

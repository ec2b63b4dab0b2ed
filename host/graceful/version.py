"""Versions that the two programs and the journal are held to."""

from __future__ import annotations

VERSION = "0.1.0"
#: Version of the wire protocol (src/protocol/messages.ts).
PROTOCOL = 1
#: Version of the journal's records; a program refuses a journal with a higher one.
JOURNAL_FORMAT = 1
#: Version of the `graceful-unit` helper that this program needs.
HELPER = 1

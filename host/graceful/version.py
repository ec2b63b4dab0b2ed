"""Versions that the two programs and the journal are held to."""

from __future__ import annotations

VERSION = "0.1.0"
#: Version of the wire protocol (src/protocol/messages.ts).
PROTOCOL = 1
#: Version of the journal's records; a program refuses a journal with a higher one. Since 2 a backend may be of another
#: process than web, a release may take its own place (restart), and be stopped until somebody starts it again: such records
#: alone are of format 2, so that a site without them can be gone back with.
JOURNAL_FORMAT = 2
#: Version of the `graceful-unit` helper that this program needs.
HELPER = 3

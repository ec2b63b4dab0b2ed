"""A site with releases that may go, for tests of what keeps it in order."""

from __future__ import annotations

from graceful.journal.history import Unfinished
from graceful.operation.asked import Asked

from .plain_site import PlainSite
from .support import R1, R2, R3, R4

ASKED = Asked({"actor": "ada", "reason": "Moving <house>"}, 5)


class Killed(BaseException):
    """What a SIGKILL is to the code: nothing runs after it."""


class Upkeep(PlainSite):
    """A test with three good releases that no link names, one that is live, and none to keep besides."""

    def setUp(self) -> None:
        super().setUp()
        for release in (R1, R2, R3, R4):
            self.staged(release, keep={"releases": 1, "failed": 0})
        self.put_live(R4)
        # Only now, so that no link names them.
        for release in (R1, R2, R3):
            self.context().journal.write("mark", release=release, state="good")

    def there(self) -> list[str]:
        """Releases whose folders are on the host."""
        return sorted(path.name for path in self.paths.releases.iterdir())

    def unfinished(self) -> Unfinished | None:
        """The operation that was cut off, by the journal."""
        return self.history().unfinished

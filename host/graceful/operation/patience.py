"""How often keepalive tries: less and less, until the backend is up again; from the start after each boot."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from .context import Context, moment

#: Pause after the first try that failed, and the longest one (seconds).
FIRST, LONGEST = 60.0, 1800.0
#: Doublings after which the longest is reached for sure; a number that has grown for weeks is too large for seconds.
MOST_DOUBLED = 10


@dataclass
class Patience:
    """`.op/keepalive`. No record of the journal: to lose it is to try once more."""

    boot: str
    backend: str = ""
    #: Looks in a row at which that backend gave no answer.
    unanswered: int = 0
    tries: int = 0
    until: str = ""

    @staticmethod
    def of(context: Context) -> Patience:
        boot = _boot()
        try:
            kept = Patience(**json.loads(_path(context).read_bytes()))
        except (OSError, ValueError, TypeError):
            return Patience(boot)
        return kept if kept.boot == boot else Patience(boot)

    def over(self) -> bool:
        """True where it may be tried again. One that is too long was begun before the clock was set back."""
        return not moment() < self.until <= moment(self._pause())

    def tries_now(self, context: Context) -> None:
        """Counts a try, before it. One whose process dies is made up for by the next minute."""
        self.tries += 1
        self.unanswered = 0
        self.keep(context)

    def failed(self, context: Context) -> None:
        """The try did not help: there is a pause until the next one."""
        self.until = moment(self._pause())
        self.keep(context)

    def _pause(self) -> float:
        return min(FIRST * 2.0 ** min(self.tries - 1, MOST_DOUBLED), LONGEST)

    def unheard(self, context: Context, backend: str) -> int:
        """Counts a look at which a backend did not answer; returns how many in a row those were."""
        self.unanswered = self.unanswered + 1 if self.backend == backend else 1
        self.backend = backend
        self.keep(context)
        return self.unanswered

    def keep(self, context: Context) -> None:
        """Writes it down, as far as there is room."""
        path = _path(context)
        with suppress(OSError):
            draft = path.with_suffix(".new")
            draft.write_text(json.dumps(asdict(self)))
            os.replace(draft, path)

    @staticmethod
    def all_is_well(context: Context) -> None:
        """It answers: the next try is the first again, and what this boot has ended is up."""
        with suppress(OSError):
            _path(context).unlink()
        if not boot_is_over(context):
            with suppress(OSError):
                _boot_path(context).write_text(_boot())


def boot_is_over(context: Context) -> bool:
    """True once the live backend has answered since the host has booted: `.op/boot` names that boot."""
    with suppress(OSError):
        return _boot_path(context).read_text() == _boot()
    return False


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _path(context: Context) -> Path:
    return context.paths.operations / "keepalive"


def _boot_path(context: Context) -> Path:
    return context.paths.operations / "boot"

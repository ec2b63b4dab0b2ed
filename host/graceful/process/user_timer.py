"""The two units of a user's systemd that do the minute's work, and start the site after a boot: written by the first start."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ..errors import StepFailure
from ..site.links import sync_folder
from ..site.settings import Site

SERVICE = """\
# Written by Graceful. What has to be done without anyone asking: recover, start the site, end the standby, drain.
[Unit]
Description={site}, the minute's work of graceful
ConditionPathExists={root}/bin/graceful

[Service]
Type=oneshot
ExecStart={root}/bin/graceful tick
# Recovery may leave a transaction running in a process of its own.
KillMode=process
TimeoutStartSec=5min

[Install]
WantedBy=default.target
"""
TIMER = """\
# Written by Graceful.
[Unit]
Description={site}, graceful each minute

[Timer]
OnCalendar=minutely
AccuracySec=1s

[Install]
WantedBy=timers.target
"""
#: What is missing without each of them.
AT_BOOT = "nothing starts the site after a boot"
EACH_MINUTE = "nothing recovers the site within a minute, or ends standby times"


class UserTimer:
    """`<site>-tick.service`, enabled, so that it also runs when the user's systemd starts, and `<site>-tick.timer`."""

    def __init__(self, site: Site, home: Path, ask: Callable[..., str]) -> None:
        self._site = site
        self._ask = ask
        self._folder = home / ".config/systemd/user"

    @property
    def _units(self) -> dict[str, str]:
        """Text of each by name; without the timer where the minute's work is left to somebody else."""
        texts = {"service": SERVICE, "timer": TIMER} if self._site.tick else {"service": SERVICE}
        names = {"site": self._site.name, "root": str(self._site.root)}
        return {f"{self._site.name}-tick.{kind}": text.format(**names) for kind, text in texts.items()}

    def ensure(self) -> None:
        """Both are there and on. Whoever has switched one off that stands as it was written has a reason. Raises StepFailure."""
        units = self._units
        if all(self._reads(name) == text for name, text in units.items()):
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, text in units.items():
            self._write(self._folder / name, text)
        sync_folder(self._folder)
        self._ask("systemctl", "--user", "daemon-reload")
        self._ask("systemctl", "--user", "enable", "--quiet", *units)
        for name in units:
            if name.endswith(".timer"):
                self._ask("systemctl", "--user", "start", name)

    def _reads(self, name: str) -> str | None:
        try:
            return (self._folder / name).read_text()
        except OSError:
            return None

    def _write(self, path: Path, text: str) -> None:
        """Whole also after a power cut."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with temporary.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)

    def notices(self) -> list[str]:
        """What is said of units that stand there and are off."""
        return [
            f"{name} is off: {why}; systemctl --user enable --now {name}"
            for name, why in zip(self._units, (AT_BOOT, EACH_MINUTE))
            if self._reads(name) is not None and not self._on(name)
        ]

    def _on(self, name: str) -> bool:
        try:
            self._ask("systemctl", "--user", "is-enabled", "--quiet", name)
            if name.endswith(".timer"):
                self._ask("systemctl", "--user", "is-active", "--quiet", name)
        except StepFailure:
            return False
        return True

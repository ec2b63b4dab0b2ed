"""What a user's systemd is asked for; how it answers is tried on a real one, on a booted host."""

from __future__ import annotations

import unittest
from pathlib import Path

from graceful.process.single_user import LOG_BYTES, Belongings
from graceful.process.user_timer import UserTimer
from graceful.process.user_unit import listed, start_command
from graceful.site.settings import Site

from .support import R1, R2, SiteCase


class Unit(unittest.TestCase):
    def test_a_backend_is_started_with_its_own_environment_and_time_to_end(self) -> None:
        unit, program = f"shop-web@{R1}.1.service", f"/srv/shop/releases/{R1}/bin/web"
        command = start_command(
            unit, "shop, web", [program, f"{R1}.1"], {"PATH": "/usr/bin"}, Path("/srv/shop/log/1.log"), 29.5
        )
        self.assertEqual(command[:4], ["systemd-run", "--user", "--quiet", f"--unit={unit}"])
        self.assertEqual(command[-3:], ["--", program, f"{R1}.1"])
        for word in (
            "--property=Type=exec",
            "--property=UMask=0007",
            "--property=KillMode=mixed",
            "--property=TimeoutStopSec=39",
            "--property=StandardError=append:/srv/shop/log/1.log",
            "--setenv=PATH=/usr/bin",
        ):
            self.assertIn(word, command)

    def test_units_of_this_site_are_found_in_what_systemd_lists(self) -> None:
        text = (
            f"shop-web@{R1}.1.service loaded active running shop, web process\n"
            f"shop-web@{R2}.12.service loaded failed failed shop, web process\n"
            f"shop-berlin-web@{R1}.1.service loaded active running another site\n"
            "shop-tick.service loaded inactive dead the minute's work\n"
            "\n"
        )
        self.assertEqual(
            list(listed("shop", text)),
            [
                (f"shop-web@{R1}.1.service", f"{R1}.1", "active"),
                (f"shop-web@{R2}.12.service", f"{R2}.12", "failed"),
            ],
        )


class Logs(SiteCase):
    def test_a_log_that_is_too_large_begins_anew_under_the_process_that_writes_it(self) -> None:
        site = Site("shop", self.paths.root, self.paths.store, "systemd-user", "me", ("web",), "me")
        belongings = Belongings(site)
        log = belongings.log(f"{R1}.1")
        log.parent.mkdir(parents=True)
        with log.open("a") as file:
            file.write("x" * (LOG_BYTES + 1))
            file.flush()
            belongings.rotate(f"{R1}.1")
            file.write("on it goes\n")
        self.assertEqual(belongings.last_lines(f"{R1}.1"), ["on it goes"])
        self.assertEqual(log.with_name(f"{log.name}.1").stat().st_size, LOG_BYTES + 1)
        belongings.rotate(f"{R1}.1")
        self.assertEqual(belongings.last_lines(f"{R1}.1"), ["on it goes"])


class Timer(SiteCase):
    """The files in a home of their own; systemd's part is told to a list."""

    def setUp(self) -> None:
        super().setUp()
        self.asked: list[tuple[str, ...]] = []

    def timer(self, tick: bool = True) -> UserTimer:
        site = Site(
            "shop", self.paths.root, self.paths.store, "systemd-user", "me", ("web",), "me", tick=tick
        )

        def ask(*command: str) -> str:
            self.asked.append(command)
            return ""

        return UserTimer(site, self.top / "home", ask)

    def test_both_units_are_written_and_switched_on_once(self) -> None:
        self.timer().ensure()
        folder = self.top / "home/.config/systemd/user"
        self.assertEqual(
            sorted(path.name for path in folder.iterdir()), ["shop-tick.service", "shop-tick.timer"]
        )
        self.assertIn(
            f"ExecStart={self.paths.root}/bin/graceful tick\n", (folder / "shop-tick.service").read_text()
        )
        self.assertEqual(
            [" ".join(command[2:]) for command in self.asked],
            ["daemon-reload", "enable --quiet shop-tick.service shop-tick.timer", "start shop-tick.timer"],
        )
        self.asked.clear()
        self.timer().ensure()
        self.assertEqual(self.asked, [])

    def test_without_the_minutes_work_a_boot_starts_the_site_all_the_same(self) -> None:
        self.timer(tick=False).ensure()
        self.assertEqual(
            [path.name for path in (self.top / "home/.config/systemd/user").iterdir()], ["shop-tick.service"]
        )
        self.assertEqual(self.asked[-1][2:], ("enable", "--quiet", "shop-tick.service"))

"""What is told of a host that is not as it must be: each fault with its mend."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

from graceful.errors import GracefulError, explain
from graceful.process.crontab import runs
from graceful.process.systemd_faults import (
    INSTALL,
    UNIT_HELPER,
    helper_file_faults,
    is_granted,
    process_faults,
    recovery_faults,
    sudo_fault,
    timer_notices,
    unit_faults,
)
from graceful.release.shared import Shared, missing_files, settle_shared
from graceful.site.owner import Owner, single_user
from graceful.site.paths import SitePaths
from graceful.wire import Message

LINE = f"deploy ALL=(root) NOPASSWD: {UNIT_HELPER}"


class Sudo(unittest.TestCase):
    def test_each_refusal_has_its_mend(self) -> None:
        for told, what, mend in (
            ("sudo: a password is required", "without a password", LINE),
            ("sudo: a terminal is required to read the password", "without a password", LINE),
            ("deploy is not in the sudoers file.", "without a password", LINE),
            ("sudo: sorry, you must have a tty to run sudo", "requiretty", "Defaults:deploy !requiretty"),
            (
                "sudo: unable to execute /x: No such file or directory",
                "cannot be executed",
                "/usr/bin/python3",
            ),
            ("[Errno 2] No such file or directory: 'sudo'", "there is no sudo", "apt install sudo"),
            ("sudo: effective uid is not 0", "effective uid is not 0", LINE),
        ):
            with self.subTest(told):
                fault = sudo_fault("deploy", told)
                self.assertIn(what, fault["what"])
                self.assertIn(mend, fault["mend"])

    def test_rights_are_read_from_sudos_list(self) -> None:
        head = "User deploy may run the following commands on vps:\n"
        for line, granted in (
            ("    (root) NOPASSWD: /usr/local/sbin/graceful-unit", True),
            ("    (root) NOPASSWD: /usr/bin/apt, /usr/local/sbin/graceful-unit", True),
            ("    (ALL : ALL) NOPASSWD: ALL", True),
            ("    (ALL : ALL) ALL", False),
            ("    (root) NOPASSWD: /usr/local/sbin/graceful-units", False),
            ("    (root) /usr/local/sbin/graceful-unit", False),
            ("", False),
        ):
            with self.subTest(line):
                self.assertEqual(is_granted(head + line + "\n"), granted)

    def test_the_helper_is_a_file_of_roots(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            helper = Path(folder) / "graceful-unit"
            self.assertEqual(
                helper_file_faults(str(helper)),
                [{"what": f"the helper {helper} is missing", "mend": INSTALL}],
            )
            helper.write_text("")
            for mode, right in ((0o755, True), (0o555, True), (0o775, False), (0o757, False), (0o644, False)):
                with self.subTest(oct(mode)):
                    helper.chmod(mode)
                    self.assertEqual(helper_file_faults(str(helper)) == [], right and os.geteuid() == 0)


class Units(unittest.TestCase):
    GOOD: ClassVar[dict[str, str]] = {"LoadState": "loaded", "TimeoutStopUSec": "40s", "User": "shop"}

    def faults(self, grace: float = 30, process: str = "web", **shown: str) -> list[str]:
        unit = f"shop-{process}@.service"
        found = unit_faults(unit, {**self.GOOD, **shown}, {"User": "shop"}, process, grace)
        return [fault["what"] for fault in found]

    def test_good(self) -> None:
        self.assertEqual(self.faults(), [])

    def test_one_that_cannot_be_started(self) -> None:
        for state, what in (
            ("not-found", "systemd has no unit shop-web@.service"),
            ("masked", "the unit shop-web@.service is masked"),
            ("bad-setting", "systemd cannot load the unit shop-web@.service (bad-setting)"),
        ):
            with self.subTest(state):
                self.assertEqual(self.faults(LoadState=state, User="x"), [what])

    def test_all_that_is_wrong_in_it_at_once(self) -> None:
        told = self.faults(grace=40, User="www-data")
        self.assertEqual(len(told), 2)
        self.assertIn("has User=www-data, and this site needs User=shop", told[0])
        self.assertIn("TimeoutStopSec=40s, and times.grace is 40s", told[1])

    def test_the_time_of_another_process_than_web(self) -> None:
        (told,) = self.faults(grace=600, process="worker")
        self.assertEqual(
            told,
            "the unit shop-worker@.service has TimeoutStopSec=40s, and processes.worker.stop-timeout is 600s:"
            " its last work would be cut off",
        )

    def test_processes_that_the_administrator_did_not_allow(self) -> None:
        self.assertEqual(process_faults("shop", ["web", "worker"], ["web", "worker"]), [])
        (told,) = process_faults("shop", ["web", "worker"], ["web", "beat"])
        self.assertEqual(
            told["what"],
            "graceful.yml has a process beat, and /etc/graceful/shop.json names only web, worker",
        )
        self.assertIn("shop-beat@.service", told["mend"])


class Recovery(unittest.TestCase):
    ON: ClassVar[dict[str, str]] = {
        "LoadState": "loaded",
        "UnitFileState": "enabled",
        "ActiveState": "active",
    }
    NONE: ClassVar[dict[str, str]] = {
        "LoadState": "not-found",
        "UnitFileState": "",
        "ActiveState": "inactive",
    }

    def faults(self, boot: dict[str, str], tick: dict[str, str]) -> list[str]:
        return [fault["what"] for fault in recovery_faults("b", {"b": boot, "t": tick})]

    def test_units(self) -> None:
        off = {**self.ON, "UnitFileState": "disabled"}
        self.assertEqual(self.faults(self.ON, self.ON), [])
        self.assertEqual(self.faults(self.ON, off), [])
        self.assertEqual(
            self.faults(off, self.ON),
            ["the unit b is not enabled: after a boot nothing would start the site"],
        )
        self.assertEqual(
            self.faults(self.NONE, self.NONE), ["systemd has no unit b", "systemd has no unit t"]
        )
        self.assertEqual(self.faults({**self.NONE, "LoadState": "masked"}, self.ON), ["the unit b is masked"])

    def test_a_timer_that_is_off_is_told(self) -> None:
        self.assertEqual(timer_notices("t", self.ON), [])
        for name, value in (("ActiveState", "inactive"), ("UnitFileState", "disabled")):
            with self.subTest(name):
                told = timer_notices("t", {**self.ON, name: value})
                self.assertEqual(len(told), 1)
                self.assertTrue(told[0].endswith("systemctl enable --now t"))

    def test_a_crontab(self) -> None:
        command = "/srv/shop/bin/graceful tick"
        self.assertTrue(runs(f"MAILTO=me\n@reboot {command}\n", command))
        self.assertFalse(runs(f" # @reboot {command}\n* * * * * true\n", command))
        self.assertFalse(runs("", command))


class SharedData(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name) / "shop"
        root.mkdir()
        self.paths = SitePaths(root, root / ".store", root / "run")
        self.owner = Owner(os.getegid())

    def mode(self, path: str) -> int:
        return stat.S_IMODE((self.paths.shared / path).stat().st_mode)

    def settle(self, dirs: list[str], files: list[str], public: list[str]) -> list[str]:
        shared = Shared(dirs, files, public)
        return [fault["what"] for fault in settle_shared(self.paths, shared, self.owner)]

    def test_folders_are_made_with_their_modes(self) -> None:
        self.assertEqual(self.settle(["data", "a/media"], ["conf/local.json"], ["a/media"]), [])
        told = {path: self.mode(path) for path in ("data", "a", "a/media", "conf", "")}
        self.assertEqual(told, {"data": 0o2770, "a": 0o755, "a/media": 0o2775, "conf": 0o755, "": 0o755})

    def test_in_single_user_mode_nobody_else_reads_them(self) -> None:
        self.owner = single_user(os.getegid())
        self.settle(["data", "media"], [], ["media"])
        self.assertEqual([self.mode(path) for path in ("data", "media", "")], [0o700, 0o750, 0o750])

    def test_a_folder_that_is_there_keeps_its_mode(self) -> None:
        (self.paths.shared / "data").mkdir(parents=True)
        (self.paths.shared / "data").chmod(0o711)
        self.settle(["data"], [], [])
        self.assertEqual(self.mode("data"), 0o711)

    def test_a_file_that_was_brought_gets_its_mode(self) -> None:
        self.paths.shared.mkdir()
        for before, after in ((0o644, 0o640), (0o600, 0o640), (0o660, 0o660), (0o640, 0o640)):
            with self.subTest(oct(before)):
                (self.paths.shared / ".env").write_text("A=1\n")
                (self.paths.shared / ".env").chmod(before)
                self.assertEqual(self.settle([], [".env"], []), [])
                self.assertEqual(self.mode(".env"), after)

    def test_what_is_in_the_way(self) -> None:
        self.paths.shared.mkdir()
        (self.paths.shared / "media").write_text("")
        (self.paths.shared / ".env").mkdir()
        told = self.settle(["media"], [".env"], [])
        self.assertEqual(
            [words.partition("shared/")[2] for words in told], ["media is no folder", ".env is no file"]
        )

    def test_files_to_come(self) -> None:
        self.paths.shared.mkdir()
        (self.paths.shared / "there").write_text("")
        self.assertEqual(missing_files(self.paths, Shared([], [".env", "there"], [])), [".env"])


class Explained(unittest.TestCase):
    def test_a_failed_access(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/journal.jsonl"
            for code, what, mend in (
                (
                    errno.ENOSPC,
                    f"{path} cannot be written: no space is left",
                    f"df -h {folder}; df -i {folder}",
                ),
                (errno.EROFS, f"{path} cannot be written: its file system is read-only", "remount,rw"),
                (errno.EACCES, f"{path}: Permission denied: it belongs to ", "docs/host-setup.md"),
                (
                    errno.ENAMETOOLONG,
                    f"{path} cannot be written: a name in it, or all of it, is too long",
                    "255 bytes",
                ),
                (errno.EIO, f"{path}: Input/output error", "dmesg"),
            ):
                with self.subTest(errno.errorcode[code]):
                    told, next_step = explain(OSError(code, os.strerror(code), path), Path(folder))
                    self.assertTrue(told.startswith(what), told)
                    self.assertIn(mend, next_step)

    def test_all_fields_that_are_wrong_are_named(self) -> None:
        data = Message({"site": "shop", "user": 1, "processes": "web"}, "/etc/graceful/shop.json", "Mend it.")
        with self.assertRaises(GracefulError) as caught:
            data.need(texts=("site", "root", "user"), lists=("processes",))
        self.assertEqual(
            caught.exception.message,
            "/etc/graceful/shop.json: `root` must be a string; `user` must be a string;"
            " `processes` must be a list of strings",
        )
        self.assertEqual(caught.exception.next_step, "Mend it.")

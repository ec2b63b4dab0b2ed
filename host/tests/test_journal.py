"""Writing and reading `journal.jsonl`, also on a real full disk."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from graceful.errors import GracefulError
from graceful.journal.journal import RESERVE_BYTES, Journal, read_journal
from graceful.site.paths import SitePaths
from graceful.version import JOURNAL_FORMAT

from .support import SiteCase


class JournalCase(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.journal = Journal(self.paths, "op1")

    def read_refused(self) -> GracefulError:
        with self.assertRaises(GracefulError) as caught:
            read_journal(self.paths.journal)
        self.assertEqual(caught.exception.code, "host")
        return caught.exception


class Reading(JournalCase):
    def test_there_is_none_yet(self) -> None:
        self.assertEqual(read_journal(self.paths.journal), [])

    def test_what_was_written(self) -> None:
        self.journal.write("begin", kind="deploy", release="r", origin={"actor": "Ünal"})
        self.journal.write("end", result="live")
        first, second = read_journal(self.paths.journal)
        self.assertRegex(first.pop("at"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(
            first,
            {
                "format": 1,
                "op": "op1",
                "step": "begin",
                "kind": "deploy",
                "release": "r",
                "origin": {"actor": "Ünal"},
            },
        )
        self.assertEqual((second["step"], second["result"]), ("end", "live"))

    def test_a_record_of_another_process_than_web_is_kept_from_older_programs(self) -> None:
        self.journal.write("start", backend="r.1", dotenv=None)
        self.journal.write("start", backend="r.2", process="worker")
        self.assertEqual(
            [record["format"] for record in read_journal(self.paths.journal)], [1, JOURNAL_FORMAT]
        )

    def test_mode_does_not_depend_on_the_umask(self) -> None:
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        self.journal.write("begin")
        self.assertEqual(self.paths.journal.stat().st_mode & 0o777, 0o644)

    def test_a_torn_last_line_is_left_out_wherever_it_is_torn(self) -> None:
        self.journal.write("begin")
        whole = self.paths.journal.read_bytes()
        self.journal.write("stage", release="é")
        both = self.paths.journal.read_bytes()
        for length in range(len(whole), len(both)):
            self.paths.journal.write_bytes(both[:length])
            self.assertEqual([record["step"] for record in read_journal(self.paths.journal)], ["begin"])

    def test_a_damaged_middle_is_refused_with_its_line(self) -> None:
        self.journal.write("begin")
        line = self.paths.journal.read_bytes()
        for damage in (
            b"{broken\n",
            b"\n",
            b"[]\n",
            b"{}\n",
            b"\xff\xfe\n",
            b'{"format":"one","step":"end"}\n',
        ):
            with self.subTest(damage):
                self.paths.journal.write_bytes(line + damage + line)
                self.assertEqual(self.read_refused().message, f"{self.paths.journal}:2 is damaged")

    def test_a_record_without_a_step_is_damage(self) -> None:
        self.paths.journal.write_bytes(b'{"format":1,"op":"x"}\n')
        self.assertEqual(self.read_refused().message, f"{self.paths.journal}:1 is damaged")

    def test_a_newer_format_is_refused(self) -> None:
        self.journal.write("begin")
        with self.paths.journal.open("ab") as file:
            file.write(
                json.dumps({"format": JOURNAL_FORMAT + 1, "op": "x", "step": "begin"}).encode() + b"\n"
            )
        self.assertIn(f"{self.paths.journal}:2 was written by a newer Graceful", self.read_refused().message)


class Appending(JournalCase):
    def test_a_torn_last_line_is_cut_off_first(self) -> None:
        self.journal.write("begin")
        for torn in (b'{"format":1', b"\0" * 10_000, b"x" * 4096):
            whole = self.paths.journal.read_bytes()
            with self.paths.journal.open("ab") as file:
                file.write(torn)
            self.journal.write("prepare")
            self.assertTrue(self.paths.journal.read_bytes().startswith(whole))
            self.assertEqual(self.paths.journal.read_bytes().count(b"\n"), whole.count(b"\n") + 1)
        self.assertEqual([r["step"] for r in read_journal(self.paths.journal)], ["begin", *["prepare"] * 3])

    def test_a_file_that_is_nothing_but_torn(self) -> None:
        self.paths.journal.write_bytes(b"{" * 9000)
        self.journal.write("begin")
        self.assertEqual([r["step"] for r in read_journal(self.paths.journal)], ["begin"])

    def test_reserve_is_real_space(self) -> None:
        self.paths.operations.mkdir()
        self.journal.write("begin")
        size = self.paths.journal.stat().st_size
        self.journal.reserve()
        self.journal.reserve()
        told = self.paths.reserve.stat()
        self.assertEqual(told.st_size, RESERVE_BYTES)
        self.assertGreaterEqual(told.st_blocks * 512, RESERVE_BYTES)
        # The journal has room of its own behind its end, and no reader sees it.
        told = self.paths.journal.stat()
        self.assertEqual(told.st_size, size)
        self.assertGreaterEqual(told.st_blocks * 512, RESERVE_BYTES)
        self.assertEqual(len(read_journal(self.paths.journal)), 1)


class FullDisk(unittest.TestCase):
    """On a file system of its own of 256 KiB, inside a mount namespace that ends with the test's child."""

    SCRIPT = """
import os, sys
from pathlib import Path
from graceful.journal.journal import Journal, read_journal
from graceful.site.paths import SitePaths
root = Path(sys.argv[1])
paths = SitePaths(root, root / ".store", root / "run")
paths.operations.mkdir()
journal = Journal(paths, "op1")
journal.write("begin")
if sys.argv[2] == "reserved":
    journal.reserve()
filler = os.open(root / "filler", os.O_WRONLY | os.O_CREAT)
try:
    while True:
        os.write(filler, b"x" * 4096)
except OSError as error:
    print(error.errno)
count = 0
try:
    for _ in range(int(sys.argv[3])):
        journal.write("mark", why="x" * 1000)
        count += 1
except OSError as error:
    print("refused", error.errno)
print(count, paths.reserve.exists(), len(read_journal(paths.journal)))
"""

    def run_on_full_disk(self, mode: str, records: int) -> list[str]:
        mount = 'mount -t tmpfs -o size=256k none "$1" && exec "$2" -B -c "$3" "$1" "$4" "$5"'
        namespace = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [
                    *namespace,
                    "sh",
                    "-c",
                    mount,
                    "sh",
                    folder,
                    sys.executable,
                    self.SCRIPT,
                    mode,
                    str(records),
                ],
                cwd=Path(__file__).parents[1],
                capture_output=True,
                text=True,
                timeout=60,
            )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split("\n")

    def test_the_journal_has_room_of_its_own(self) -> None:
        full, last, *_ = self.run_on_full_disk("reserved", 40)
        self.assertEqual(full, str(errno.ENOSPC))
        self.assertEqual(last, "40 True 41")

    def test_the_reserve_is_given_back(self) -> None:
        full, last, *_ = self.run_on_full_disk("reserved", 100)
        self.assertEqual(full, str(errno.ENOSPC))
        self.assertEqual(last, "100 False 101")

    def test_without_a_reserve_nothing_torn_stays(self) -> None:
        full, refused, last, *_ = self.run_on_full_disk("bare", 40)
        self.assertEqual(full, str(errno.ENOSPC))
        self.assertEqual(refused, f"refused {errno.ENOSPC}")
        count, reserve, records = last.split()
        self.assertEqual((reserve, int(records)), ("False", int(count) + 1))


class Paths(unittest.TestCase):
    def test_no_id_or_digest_leaves_its_folder(self) -> None:
        paths = SitePaths(Path("/srv/shop"), Path("/srv/shop/.store"), Path("/run"))
        for bad in ("..", "", "x", "20260101T000000Z-aaaaaaa/..", "20260101T000000Z-aaaaaaa\n"):
            with self.subTest(bad), self.assertRaises(GracefulError):
                paths.release(bad)
        for bad in ("", "..", "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n"):
            with self.subTest(bad):
                self.assertRaises(GracefulError, paths.tree, bad)
                self.assertRaises(GracefulError, paths.env, bad)
                self.assertRaises(GracefulError, paths.object, bad, False)

    def test_the_executable_bit_is_part_of_an_objects_name(self) -> None:
        paths = SitePaths(Path("/srv/shop"), Path("/st"), Path("/run"))
        digest = "ab" * 32
        self.assertEqual(paths.object(digest, False), Path(f"/st/objects/ab/{digest}"))
        self.assertEqual(paths.object(digest, True), Path(f"/st/objects/ab/{digest}x"))

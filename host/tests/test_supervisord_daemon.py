"""supervisord itself: how it is started, and what can be wrong with it."""

from __future__ import annotations

import os
import shutil

from graceful.errors import StepFailure
from graceful.process.supervisor_daemon import Daemon
from graceful.process.supervisord import Supervisord
from graceful.site.settings import Site

from .supervisord_site import FIRST, ME, SECOND, SupervisordCase, wait_for
from .supervisord_site import load_tests as load_tests


class Starting(SupervisordCase):
    def test_two_that_start_it_at_once_start_one(self) -> None:
        children = []
        for _ in range(4):
            child = os.fork()
            if child == 0:
                try:
                    Daemon(self.site).ensure()
                    os._exit(0)
                finally:
                    os._exit(1)
            children.append(child)
        self.assertEqual([os.waitpid(child, 0)[1] for child in children], [0, 0, 0, 0])
        log = (self.daemon.folder / "supervisord.log").read_text()
        self.assertEqual(log.count("supervisord started with pid"), 1, log)

    def test_it_is_a_daemon_that_holds_nothing_of_its_starter(self) -> None:
        lock = os.open(self.top / "lock", os.O_RDWR | os.O_CREAT)
        self.addCleanup(os.close, lock)
        os.set_inheritable(lock, True)
        read, write = os.pipe()
        os.set_inheritable(write, True)
        self.daemon.ensure()
        os.close(write)
        self.assertEqual(os.read(read, 1), b"")
        os.close(read)
        pid = int(self.daemon.ask("getPID"))
        self.assertEqual(os.getsid(pid), pid)
        self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")
        held = {os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd")}
        self.assertNotIn(str(self.top / "lock"), held)

    def test_what_a_dead_one_left_is_no_hindrance(self) -> None:
        self.daemon.ensure()
        self.kill_supervisord()
        self.assertTrue(self.daemon.socket.exists())
        self.assertTrue((self.daemon.folder / "supervisord.pid").exists())
        self.daemon.ensure()
        self.assertTrue(self.daemon.running())

    def test_one_that_is_about_to_end_is_waited_for(self) -> None:
        self.started()
        self.daemon.ask("shutdown")
        self.manager.start("web", SECOND)
        self.assertTrue(self.state(SECOND).up)
        self.assertFalse(self.state(FIRST).up)

    def test_a_broken_file_is_told_with_its_name(self) -> None:
        self.daemon.write("other.ini", "[program:other]\n")
        with self.assertRaisesRegex(StepFailure, r"exit status 2: Error: .*other\.ini"):
            self.manager.start("web", FIRST)

    def test_the_minutes_work_runs_beside_the_backends(self) -> None:
        site = Site("shop", self.paths.root, self.paths.store, "supervisord", ME, ("web",), ME)
        graceful = self.paths.bin / "graceful"
        graceful.parent.mkdir()
        graceful.write_text(
            f'#!/bin/sh\nenv > {self.top}/ticked.new\nmv {self.top}/ticked.new "{self.top}/$1"\n'
        )
        graceful.chmod(0o755)
        Supervisord(site).start("web", FIRST)
        wait_for("it ticks", (self.top / "tick").exists)
        told = (self.top / "tick").read_text()
        self.assertNotIn("SUPERVISOR_", told)
        self.assertEqual(
            self.daemon.ask("getProcessInfo", "shop-tick")["statename"] in ("STARTING", "RUNNING"), True
        )


class Faults(SupervisordCase):
    def program_says(self, text: str) -> None:
        self.program.write_text(f"#!/bin/sh\necho '{text}'\n")

    def mends(self) -> dict[str, str]:
        return {told["what"]: told["mend"] for told in self.manager.faults({"web": 30})}

    def test_none(self) -> None:
        self.assertEqual(self.mends(), {})
        self.assertRegex(str(self.daemon.version()), r"^4\.")
        self.daemon.ensure()
        self.assertEqual(self.mends(), {})

    def test_too_old(self) -> None:
        self.program_says("3.3.5")
        venv = self.daemon.folder / "venv"
        mend = f"python3 -m venv {venv} && {venv}/bin/pip install 'supervisor>=4'"
        self.assertEqual(self.mends(), {"supervisord is 3.3.5; 4 or newer is needed": mend})

    def test_missing(self) -> None:
        self.program.write_text("#!/no/such/python\n")
        self.assertEqual(list(self.mends()), ["there is no supervisord on this host"])
        self.assertIsNone(self.daemon.version())
        with self.assertRaises(StepFailure):
            self.manager.start("web", FIRST)

    def test_all_at_once(self) -> None:
        self.program_says("3.3.5")
        root = self.top / ("long name%" + "x" * 60)
        (root / "supervisor/venv/bin").mkdir(parents=True)
        shutil.copy(self.program, root / "supervisor/venv/bin/supervisord")
        site = Site("shop", root, self.paths.store, "supervisord", ME, ("web",), ME)
        found = [told["what"] for told in Supervisord(site).faults({"web": 30})]
        self.assertEqual(len(found), 3, found)
        self.assertRegex(found[0], "supervisord's socket is [0-9]+ bytes too long")
        self.assertRegex(found[1], "cannot be written into supervisord's files")

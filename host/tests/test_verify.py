"""How verify goes about it, and whom it says that damage concerns."""

from __future__ import annotations

import shutil
from unittest import mock

from graceful.errors import GracefulError
from graceful.operation import findings
from graceful.operation.verify import verify
from graceful.release.damage import is_damaged
from graceful.site.links import replace_link
from graceful.site.lock import locked
from graceful.site.paths import SitePaths
from graceful.store.lock import StoreBusy, StoreHold, store_alone

from .support import R1, R2, R3
from .verify_case import CODE_2, ENVIRONMENT, STATIC, VerifyCase, damage, put


class Sound(VerifyCase):
    def test_nothing_is_found_and_nothing_is_changed(self) -> None:
        before = sorted(self.paths.root.rglob("*"))
        told = self.verify()
        self.assertEqual((told["count"], told["notes"], told["next"]), (0, [], []))
        self.assertEqual(sorted(self.paths.root.rglob("*")), before)

    def test_how_much_was_read(self) -> None:
        told = self.verify()
        objects = [path for path in (self.paths.store / "objects").rglob("*") if path.is_file()]
        self.assertEqual(told["objects"], len(objects))
        manifests = sum(path.stat().st_size for path in (self.paths.store / "trees").iterdir())
        copies = 2 * sum(map(len, CODE_2.values())) + 2 * len(f"{R1}\n")
        # Hard links to objects are not read again.
        read = sum(path.stat().st_size for path in objects) + manifests + copies
        self.assertEqual(told["bytes"], read)
        self.assertGreater(told["files"], 2 * (len(CODE_2) + len(STATIC)) + len(ENVIRONMENT))

    def test_what_the_host_makes_itself_and_what_python_compiles_is_no_damage(self) -> None:
        for folder in (self.module().parent, self.release(R2) / "code/shop"):
            (folder / "__pycache__").mkdir(exist_ok=True)
            (folder / "__pycache__/other.pyc").write_bytes(b"compiled here")
        self.assertEqual(self.found(), [])

    def test_neither_the_sites_lock_nor_one_who_sends_holds_it_up(self) -> None:
        hold = StoreHold(self.paths.store_lock)
        self.addCleanup(hold.release)
        with locked(self.paths.lock, {"kind": "deploy"}, 0):
            self.assertEqual(self.found(), [])

    def test_it_tells_how_far_it_is_and_holds_the_store_until_the_end(self) -> None:
        held: list[bool] = []

        def hear(_: object) -> None:
            try:
                with store_alone(self.paths.store_lock, 0):
                    held.append(False)
            except StoreBusy:
                held.append(True)

        with mock.patch.object(findings, "OFTEN", -1):
            verify(self.context(), hear)
        self.assertGreater(len(held), 20)
        self.assertEqual(held, [True] * (len(held) - 1) + [False])

    def test_a_site_without_a_store(self) -> None:
        shutil.rmtree(self.paths.store)
        with self.assertRaises(GracefulError) as caught:
            self.verify()
        self.assertEqual(caught.exception.message, "nothing was deployed here yet")


class Sharing(VerifyCase):
    """Two sites with one store."""

    def setUp(self) -> None:
        super().setUp()
        root = self.top / "berlin"
        root.mkdir()
        self.other = SitePaths(root, self.paths.store, self.paths.run)
        self.prepare(self.other, "berlin")
        self.code[R3] = self.known({**CODE_2, "shop/town.py": b"Berlin\n"})
        self.place(self.other, self.spec(R3))
        replace_link(self.other.current, f"releases/{R3}")

    def test_damage_concerns_whom_it_concerns(self) -> None:
        damage(self.object(b"Berlin\n"))
        [told] = self.verify()["damages"]
        self.assertEqual(
            told["releases"], [{"root": str(self.other.root), "release": R3, "tags": ["current"]}]
        )
        self.assertTrue(is_damaged(self.other, R3))
        self.assertFalse(is_damaged(self.paths, R2))

    def test_the_other_site_s_files_are_looked_at_too(self) -> None:
        put(self.other.release(R3).static / "app.css", b"edited\n")
        [told] = self.verify()["damages"]
        self.assertEqual(told["path"], str(self.other.release(R3).static / "app.css"))
        self.assertTrue(is_damaged(self.other, R3))

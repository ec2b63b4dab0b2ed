"""What a site is: the administrator's file, or the site's own in single-user mode."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path
from typing import Any
from unittest import mock

from graceful.errors import GracefulError
from graceful.site import settings
from graceful.site.settings import Site, load_site, settle, site_of_root

from .support import SiteCase

ME = pwd.getpwuid(os.geteuid())


class SettingsCase(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = self.paths.root
        self.etc = self.top / "etc"
        self.etc.mkdir()
        patch = mock.patch.object(settings, "FOLDER", self.etc)
        patch.start()
        self.addCleanup(patch.stop)

    def administer(self, **changes: Any) -> None:
        told = {
            "site": "shop",
            "root": str(self.root),
            "manager": "systemd",
            "deploy_user": ME.pw_name,
            "user": "shop",
            "group": "shop",
            "web_group": "shop-web",
            "processes": ["web"],
            **changes,
        }
        (self.etc / f"{told['site']}.json").write_text(json.dumps(told))

    def own(self, **changes: Any) -> None:
        told = {
            "site": "shop",
            "root": str(self.root),
            "manager": "supervisord",
            "processes": ["web"],
            **changes,
        }
        (self.root / "site.json").write_text(json.dumps(told))

    def refused(self, *texts: str, manager: str = "supervisord", root: Path | None = None) -> None:
        with self.assertRaises(GracefulError) as caught:
            load_site("shop", root or self.root, manager)
        told = f"{caught.exception.message}\n{caught.exception.next_step}"
        for text in texts:
            self.assertIn(text, told)


class Modes(SettingsCase):
    def test_single_user_mode_needs_no_file(self) -> None:
        site = load_site("shop", self.root, "supervisord")
        self.assertEqual(
            (site.mode, site.manager, site.deploy_user), ("single-user", "supervisord", ME.pw_name)
        )
        self.assertEqual(site.paths.backend_socket("x.1"), self.root / "run/x.1/http.sock")
        self.assertEqual(site.store, self.root / ".store")
        owner = site.owner
        self.assertEqual(
            (owner.gid, owner.folder, owner.file, owner.program, owner.private),
            (ME.pw_gid, 0o750, 0o440, 0o550, 0o600),
        )

    def test_the_administrators_file_keeps_users_apart(self) -> None:
        self.administer()
        site = load_site("shop", self.root, "systemd")
        self.assertEqual((site.mode, site.groups), ("separate-users", ("shop", "shop-web")))
        self.assertEqual(site.paths.backend_socket("x.1"), Path("/run/graceful/shop/x.1/http.sock"))

    def test_the_administrators_file_wins(self) -> None:
        self.administer()
        self.own()
        self.assertEqual(load_site("shop", self.root, "systemd").manager, "systemd")
        self.assertEqual(site_of_root(self.root).manager, "systemd")

    def test_the_minutes_work_may_be_crons_alone(self) -> None:
        self.assertTrue(load_site("shop", self.root, "supervisord").tick)
        self.own(tick=False)
        self.assertFalse(load_site("shop", self.root, "supervisord").tick)

    def test_what_runs_on_the_host_finds_the_site_by_its_root(self) -> None:
        with self.assertRaisesRegex(GracefulError, "describes a site in"):
            site_of_root(self.root)
        self.own()
        self.assertEqual(site_of_root(self.root).mode, "single-user")


class Refusals(SettingsCase):
    def test_graceful_yml_says_supervisord_and_the_administrator_systemd(self) -> None:
        self.administer()
        self.refused("process-manager: supervisord", str(self.etc / "shop.json"), "systemd")

    def test_graceful_yml_says_systemd_and_the_site_is_supervisords(self) -> None:
        self.own()
        self.refused("process-manager: systemd", str(self.root / "site.json"), manager="systemd")

    def test_graceful_yml_says_the_users_systemd_and_the_site_is_supervisords(self) -> None:
        self.own()
        self.refused(str(self.root / "site.json"), "docs/systemd-user.md", manager="systemd-user")

    def test_neither(self) -> None:
        self.refused(str(self.etc / "shop.json"), "docs/supervisord.md", manager="systemd")

    def test_another_site_or_root(self) -> None:
        self.own(site="other")
        self.refused("describes site other")
        self.own(root="/srv/elsewhere")
        self.refused("/srv/elsewhere")

    def test_a_manager_that_cannot_be_there(self) -> None:
        self.own(manager="systemd")
        self.refused("site.json", '"supervisord"')
        self.administer(manager="supervisord")
        self.refused("shop.json", '"systemd"', manager="systemd")

    def test_somebody_elses_folder(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("needs root")
        os.chown(self.root, 12345, 12345)
        self.refused("deployed by user 12345", f"chown -R {ME.pw_name}: {self.root}")


class Settling(SettingsCase):
    def test_the_first_deploy_makes_what_an_administrator_would_have(self) -> None:
        site = load_site("shop", self.root, "supervisord")
        settle(site)
        for name in ("", "bin", "shared", "run", "log"):
            self.assertEqual((self.root / name).stat().st_mode & 0o7777, 0o750, name)
        file = self.root / "site.json"
        self.assertEqual(file.stat().st_mode & 0o777, 0o640)
        first = json.loads(file.read_text())
        self.assertEqual(
            first,
            {
                "site": "shop",
                "root": str(self.root),
                "store": str(self.root / ".store"),
                "manager": "supervisord",
                "processes": ["web"],
            },
        )
        self.assertEqual(load_site("shop", self.root, "supervisord"), site)

    def test_the_first_deploy_settles_which_manager_it_is(self) -> None:
        settle(load_site("shop", self.root, "systemd-user"))
        self.assertEqual(site_of_root(self.root).manager, "systemd-user")
        self.assertEqual(site_of_root(self.root).mode, "single-user")

    def test_what_somebody_wrote_into_it_stays(self) -> None:
        self.own(tick=False)
        settle(load_site("shop", self.root, "supervisord"))
        self.assertIs(json.loads((self.root / "site.json").read_text())["tick"], False)

    def test_nothing_is_made_for_the_administrator(self) -> None:
        settle(
            Site(
                "shop",
                self.root,
                self.paths.store,
                "systemd",
                ME.pw_name,
                ("web",),
                "shop",
                ("shop", "shop-web"),
            )
        )
        self.assertEqual(sorted(path.name for path in self.root.iterdir()), [".store"])

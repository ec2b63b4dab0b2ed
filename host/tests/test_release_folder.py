"""A release's folder appears whole: links, modes, start commands, marker."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from graceful.errors import GracefulError, StepFailure
from graceful.release.assets import fill_assets, hashed_files
from graceful.release.folder import make_release
from graceful.release.spec import load_spec
from graceful.site.paths import ReleasePaths, SitePaths
from graceful.store.assemble import make_store

from .support import ENV, R1, R2, SiteCase, release_json, release_spec


class MakeRelease(SiteCase):
    def setUp(self) -> None:
        super().setUp()
        self.code = self.keep_tree(
            {
                "manage.py": b"import sys\n",
                "bin/tool": b"#!/bin/sh\n",
                "app/urls.py": b"",
                "app/models.py": b"x",
            },
            {"app/link.py": "models.py"},
        )
        self.static = self.keep_tree(
            {"css/site.1a2b.css": b"body{}", "staticfiles.json": b"{}", "graceful.txt": b"foreign"}
        )
        self.release = self.paths.release(R1)

    def make(self, code: str | None = None, static: str | None = None, **changes: Any) -> list[str]:
        trees = {"code": code or self.code, "static": static}
        return make_release(
            self.paths,
            release_spec(trees=trees, **changes),
            {"SECRET_KEY": "größe"},
            self.owner,
            ["SECRET_KEY"],
        )

    def test_a_store_on_another_file_system_is_told(self) -> None:
        self.assertEqual(self.make(static=self.static), [])
        folder = tempfile.TemporaryDirectory(prefix="graceful-unit-", dir="/dev/shm")
        self.addCleanup(folder.cleanup)
        self.paths = SitePaths(self.paths.root, Path(folder.name) / "store", self.paths.run)
        make_store(self.paths, self.owner)
        code = self.keep_tree({"manage.py": b"import sys\n"})
        (notice,) = self.make(code, self.keep_tree({"css/site.css": b"body{}"}), id=R2)
        self.assertIn(f"{self.paths.store} is on another file system than {self.paths.releases}", notice)
        placed = self.paths.release(R2).static / "css/site.css"
        self.assertEqual((placed.read_bytes(), placed.stat().st_nlink), (b"body{}", 1))

    def test_links(self) -> None:
        self.make_with_all()
        code = self.release.code
        self.assertEqual(os.readlink(code / "media"), str(self.paths.shared / "media"))
        self.assertEqual(os.readlink(code / "var/data"), str(self.paths.shared / "var/data"))
        self.assertEqual(os.readlink(code / ".env"), str(self.paths.shared / ".env"))
        self.assertEqual(os.readlink(code / "app/collected"), "../../static")
        self.assertEqual((code / "app/collected/css/site.1a2b.css").read_bytes(), b"body{}")
        self.assertEqual(os.readlink(self.release.venv), str(self.paths.env(ENV)))
        self.assertEqual(os.readlink(code / "app/link.py"), "models.py")

    def make_with_all(self) -> None:
        spec = release_spec(
            trees={"code": self.code, "static": self.static},
            shared={"dirs": ["media", "var/data"], "files": [".env"]},
            static={"root": "app/collected", "url": "/static/"},
        )
        make_release(self.paths, spec, {}, self.owner)

    def test_the_configuration_is_a_tree_of_its_own_that_the_code_leads_to(self) -> None:
        config = self.keep_tree({"settings.py": b"NAME = 1\n"})
        spec = release_spec(
            trees={"code": self.code, "static": None, "config": config},
            config={"commit": "c" * 40, "ref": "main", "folder": "app/site"},
        )
        make_release(self.paths, spec, {}, self.owner)
        self.assertEqual(os.readlink(self.release.code / "app/site"), "../../config")
        self.assertEqual((self.release.code / "app/site/settings.py").read_bytes(), b"NAME = 1\n")
        # A copy, as the code is: an edited live file harms only itself.
        self.assertEqual((self.release.config / "settings.py").stat().st_nlink, 1)
        for changes in ({"config": None}, {"trees": {"code": self.code, "static": None}}):
            with self.subTest(changes), self.assertRaisesRegex(GracefulError, "go together"):
                release_spec(**{**spec.raw, **changes})

    def test_modes_are_the_designs_table_whatever_the_umask(self) -> None:
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        self.make_with_all()
        found = {}
        for path in [self.release.folder, *self.release.folder.rglob("*")]:
            told = path.lstat()
            self.assertEqual(told.st_gid, self.owner.gid)
            if not stat.S_ISLNK(told.st_mode):
                found[str(path.relative_to(self.paths.releases))[len(R1) :]] = stat.S_IMODE(told.st_mode)
        wanted = dict.fromkeys(
            ["", "/code", "/code/app", "/code/bin", "/code/var", "/static", "/static/css", "/bin"], 0o755
        )
        wanted.update(dict.fromkeys(["/code/bin/tool", "/bin/web", "/bin/manage"], 0o555))
        files = ["/code/manage.py", "/code/app/urls.py", "/code/app/models.py", "/static/css/site.1a2b.css"]
        files += ["/static/staticfiles.json", "/static/graceful.txt", "/release.json"]
        wanted.update(dict.fromkeys(files, 0o444))
        wanted.update(dict.fromkeys(["/env", "/secrets"], 0o640))
        self.assertEqual(found, wanted)

    def test_marker_names_the_release_whatever_the_tree_holds(self) -> None:
        self.make(static=self.static)
        self.assertEqual((self.release.static / "graceful.txt").read_text(), f"{R1}\n")

    def test_marker_without_static_files(self) -> None:
        self.make()
        self.assertEqual([path.name for path in self.release.static.iterdir()], ["graceful.txt"])

    def test_env_and_description(self) -> None:
        self.make()
        self.assertEqual(json.loads(self.release.env.read_bytes()), {"SECRET_KEY": "größe"})
        self.assertEqual(json.loads(self.release.secrets.read_bytes()), ["SECRET_KEY"])
        self.assertNotIn("SECRET_KEY", self.release.manifest.read_text())
        self.assertEqual(
            load_spec(self.paths, R1).raw, release_json(trees={"code": self.code, "static": None})
        )

    def test_nothing_but_the_release_appears(self) -> None:
        self.make()
        self.assertEqual([path.name for path in self.paths.releases.iterdir()], [R1])

    def test_an_earlier_attempt_is_no_hindrance(self) -> None:
        draft = self.paths.releases / f".{R1}.draft/code/app"
        draft.mkdir(parents=True)
        (draft / "old.py").write_text("")
        self.make()
        self.assertEqual([path.name for path in self.paths.releases.iterdir()], [R1])
        self.assertFalse((self.release.code / "app/old.py").exists())

    def test_a_release_never_replaces_another(self) -> None:
        self.make()
        before = self.release.folder.stat().st_ino
        self.assertRaises(OSError, self.make)
        self.assertEqual(self.release.folder.stat().st_ino, before)

    def test_source_files_give_way_to_shared_data_and_static_files(self) -> None:
        code = self.keep_tree(
            {"media/a.png": b"a", "media/b.png": b"b", "media.py": b"", "static/x.css": b"", ".env": b"K=1"}
        )
        notices = self.make(
            code,
            self.static,
            shared={"dirs": ["media"], "files": [".env"]},
        )
        self.assertEqual(
            notices,
            [
                f"{path} of the source gives way to shared data or collected static files"
                for path in ("media/ (2 files of the commit)", ".env")
            ],
        )
        self.assertEqual(os.readlink(self.release.code / "media"), str(self.paths.shared / "media"))
        self.assertEqual(os.readlink(self.release.code / ".env"), str(self.paths.shared / ".env"))
        self.assertTrue((self.release.code / "media.py").is_file())
        self.assertTrue((self.release.code / "static/x.css").is_file())

    def test_nobody_misses_a_file_that_kept_a_folder_in_git(self) -> None:
        code = self.keep_tree({"media/.gitkeep": b"", "app.py": b""})
        self.assertEqual(self.make(code, self.static, shared={"dirs": ["media"], "files": []}), [])

    def test_a_source_folder_at_static_root_gives_way(self) -> None:
        code = self.keep_tree({"static/x.css": b"old"})
        spec = release_spec(
            trees={"code": code, "static": self.static}, static={"root": "static", "url": None}
        )
        self.assertEqual(len(make_release(self.paths, spec, {}, self.owner)), 1)
        self.assertEqual(os.readlink(self.release.code / "static"), "../static")
        self.assertFalse((self.release.code / "static/x.css").exists())

    def test_shared_data_below_a_file_or_link_of_the_source(self) -> None:
        for code in (
            self.keep_tree({"var": b""}),
            self.keep_tree({}, {"var": "."}),
            self.keep_tree({}, {"var": "x"}),
        ):
            with self.assertRaises(StepFailure) as caught:
                self.make(code, shared={"dirs": ["var/data"], "files": []})
            self.assertEqual(
                caught.exception.what, "var/data cannot be linked: var is not a folder in the source"
            )
            self.assertFalse(self.release.folder.exists())

    def test_a_tree_that_is_not_here(self) -> None:
        self.assertRaises(GracefulError, self.make, "b" * 64)
        self.assertFalse(self.release.folder.exists())


class Assets(SiteCase):
    def release_with(self, release: str, listed: dict[str, str], files: dict[str, bytes]) -> None:
        told = json.dumps({"paths": listed}).encode()
        static = self.keep_tree({**files, "staticfiles.json": told})
        trees = {"code": self.keep_tree({"manage.py": b""}), "static": static}
        make_release(self.paths, release_spec(id=release, trees=trees), {}, self.owner)

    def fill(self, release: str) -> int:
        return fill_assets(self.paths, self.paths.release(release), self.owner)

    def test_hashed_files_of_all_releases(self) -> None:
        self.release_with(
            R1,
            {"a/s.css": "a/s.1.css", "x.js": "x.1.js"},
            {"a/s.1.css": b"1", "x.1.js": b"x", "a/s.css": b"1"},
        )
        self.release_with(R2, {"a/s.css": "a/s.2.css", "x.js": "x.1.js"}, {"a/s.2.css": b"2", "x.1.js": b"x"})
        self.assertEqual((self.fill(R1), self.fill(R2), self.fill(R2)), (2, 1, 0))
        found = {str(p.relative_to(self.paths.assets)) for p in self.paths.assets.rglob("*") if p.is_file()}
        self.assertEqual(found, {"a/s.1.css", "a/s.2.css", "x.1.js"})
        self.assertEqual((self.paths.assets / "a").stat().st_mode & 0o777, 0o755)

    def test_the_same_name_with_other_content_is_refused(self) -> None:
        self.release_with(R1, {"x.js": "x.1.js"}, {"x.1.js": b"one"})
        self.release_with(R2, {"x.js": "x.1.js"}, {"x.1.js": b"two"})
        self.fill(R1)
        with self.assertRaises(StepFailure) as caught:
            self.fill(R2)
        self.assertIn("x.1.js has other content", caught.exception.what)
        self.assertEqual((self.paths.assets / "x.1.js").read_bytes(), b"one")

    def test_paths_that_leave_the_folder_are_left_out(self) -> None:
        self.release_with(R1, {"a": "../env", "b": "/etc/passwd", "c": "c.1.js"}, {"c.1.js": b""})
        self.assertEqual(hashed_files(self.paths.release(R1)), ["c.1.js"])

    def test_without_a_list(self) -> None:
        trees = {"code": self.keep_tree({"manage.py": b""}), "static": self.keep_tree({"x.js": b""})}
        make_release(self.paths, release_spec(trees=trees), {}, self.owner)
        self.assertEqual(self.fill(R1), 0)

    def test_lists_that_are_no_lists(self) -> None:
        static = self.top / "static"
        static.mkdir()
        for text in ("", "[]", "{}", '{"paths":[]}', '{"paths":null}', '{"paths":{"a":1}}', "\udcff"):
            with self.subTest(text):
                (static / "staticfiles.json").write_bytes(text.encode("utf-8", "surrogateescape"))
                self.assertEqual(hashed_files(ReleasePaths(self.top)), [])

    def test_files_that_the_release_lists(self) -> None:
        release = ReleasePaths(self.top)
        release.static.mkdir()
        (release.static / "staticfiles.json").write_text('{"paths": {"a.css": "a.1.css"}}')
        for told, found in (
            ({"static": {"hashed": ["CACHE/x.2.css", "../env", 5, "a.1.css"]}}, ["CACHE/x.2.css", "a.1.css"]),
            ({"static": {}}, ["a.1.css"]),
            ({"static": None}, ["a.1.css"]),
            ({"static": {"hashed": 7}}, ["a.1.css"]),
        ):
            with self.subTest(told):
                release.manifest.write_text(json.dumps(told))
                self.assertEqual(hashed_files(release), found)

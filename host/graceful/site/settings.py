"""The site as its administrator set it up: `/etc/graceful/<site>.json`, owned by root, no secrets in it."""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from ..errors import GracefulError
from ..wire import Message

FOLDER = Path("/etc/graceful")


@dataclass(frozen=True)
class Site:
    """Names and folders of one site on this host."""

    name: str
    root: Path
    store: Path
    manager: str
    user: str
    group: str
    web_group: str
    deploy_user: str
    processes: tuple[str, ...]

    @property
    def gid(self) -> int:
        """Number of the site's own group: the group of everything that the site may read."""
        return grp.getgrnam(self.group).gr_gid


def _read(path: Path) -> Site:
    try:
        data = Message.parse(path.read_bytes(), str(path))
    except OSError as error:
        raise GracefulError(
            f"{path} cannot be read: {error.strerror}",
            "Set the site up as docs/host-setup.md says; the file is root's, mode 0644.",
            code="host",
        ) from error
    root = Path(data.text("root"))
    return Site(
        name=data.text("site"),
        root=root,
        store=Path(data.optional_text("store") or root / ".store"),
        manager=data.text("manager"),
        user=data.text("user"),
        group=data.text("group"),
        web_group=data.text("web_group"),
        deploy_user=data.text("deploy_user"),
        processes=tuple(data.strings("processes")),
    )


def load_site(name: str, root: Path) -> Site:
    """Settings of the named site, whose root must be `root`. Raises GracefulError with the mend."""
    site = _read(FOLDER / f"{name}.json")
    if site.name != name or site.root != root:
        raise GracefulError(
            f"{FOLDER / name}.json describes site {site.name} in {site.root}, not {name} in {root}",
            "Make `software`, `variant` and `root` in graceful.yml agree with the host's file.",
            code="host",
        )
    me = pwd.getpwuid(os.geteuid()).pw_name
    if me != site.deploy_user:
        raise GracefulError(
            f"this is user {me}, and site {name} is deployed by user {site.deploy_user}",
            f"Use `user: {site.deploy_user}` in graceful.yml, or `sudo -u {site.deploy_user}` at a terminal.",
            code="host",
        )
    return site


def site_of_root(root: Path) -> Site:
    """The site whose root this is, for the timer and the operator's own command."""
    for path in sorted(FOLDER.glob("*.json")):
        if _read(path).root == root:
            return load_site(path.stem, root)
    raise GracefulError(
        f"no file in {FOLDER} describes a site in {root}",
        "Set the site up as docs/host-setup.md says.",
        code="host",
    )

"""What a site is on this host, and in which mode it runs.

With users of their own for deploy, site and web server (`separate-users`), the administrator has written it down in
`/etc/graceful/<site>.json`, which is root's. Without root (`single-user`), it stands in `<root>/site.json`, which the
first deploy writes. Neither holds a secret.
"""

from __future__ import annotations

import grp
import json
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import GracefulError, user_name
from ..wire import Message
from .links import sync_file
from .owner import Owner, single_user
from .paths import SitePaths

FOLDER = Path("/etc/graceful")
#: Name of a site's own settings under its root, where there are none of the administrator's.
OWN = "site.json"
OWN_MODE = 0o640
TEXTS = ("site", "root", "manager")
GUIDES = {
    "systemd": "docs/host-setup.md",
    "systemd-user": "docs/systemd-user.md",
    "supervisord": "docs/supervisord.md",
}
#: Managers that need no root: all is one user's.
SINGLE_USER = ("systemd-user", "supervisord")
LIKE_EXAMPLE = "As root, make it like examples/host/shop.json (docs/host-setup.md section 4)."
LIKE_FIRST = (
    "Mend it, or remove it: the next deploy writes it anew (docs/systemd-user.md, docs/supervisord.md)."
)


@dataclass(frozen=True)
class Site:
    """Names and folders of one site on this host."""

    name: str
    root: Path
    store: Path
    manager: str
    deploy_user: str
    processes: tuple[str, ...]
    #: Who the site's processes run as: the deploy user itself in single-user mode.
    user: str
    #: The site's own group, which all belongs to, and that of the web server; none in single-user mode.
    groups: tuple[str, ...] = ()
    #: False where the minute's work is left to cron.
    tick: bool = True

    @property
    def mode(self) -> str:
        """`separate-users`, or `single-user`: all is the deploy user's, and nothing keeps site and deploy apart."""
        return "separate-users" if self.groups else "single-user"

    @property
    def owner(self) -> Owner:
        """Group and modes of what is made for this site."""
        if self.groups:
            return Owner(grp.getgrnam(self.groups[0]).gr_gid)
        return single_user(pwd.getpwnam(self.deploy_user).pw_gid)

    @property
    def paths(self) -> SitePaths:
        """Every path of the site. A backend's folder is made by systemd, or else by the host program."""
        run = Path("/run/graceful") / self.name if self.groups else self.root / "run"
        return SitePaths(self.root, self.store, run)


def load_site(name: str, root: Path, manager: str | None = None) -> Site:
    """Settings of the named site, whose root must be `root` and whose process manager the one that the runner expects.
    Raises GracefulError with the mend."""
    path, site = _find(name, root, manager)
    if site.name != name or site.root != root:
        raise GracefulError(
            f"{path} describes site {site.name} in {site.root}, not {name} in {root}",
            "Make `software`, `variant` and `root` in graceful.yml agree with the host's file.",
            code="host",
        )
    if manager not in (None, site.manager):
        raise GracefulError(
            f"graceful.yml says `process-manager: {manager}`, and {path} on the host says {site.manager}",
            f"Write `process-manager: {site.manager}` in graceful.yml, or set the site up for {manager}"
            f" ({GUIDES.get(str(manager))}).",
            code="host",
        )
    me = pwd.getpwuid(os.geteuid()).pw_name
    if me != site.deploy_user:
        raise GracefulError(
            f"this is user {me}, and site {name} is deployed by user {site.deploy_user}",
            f"Use `user: {site.deploy_user}` in graceful.yml, or `sudo -u {site.deploy_user}` at a terminal."
            + ("" if site.groups else f" Or give {me} the site's folder, as root: chown -R {me}: {root}"),
            code="host",
        )
    return site


def site_of_root(root: Path) -> Site:
    """The site whose root this is, for the timer and the operator's own command."""
    for path in sorted(FOLDER.glob("*.json")):
        if _read(path).text("root") == str(root):
            return load_site(path.stem, root)
    if (root / OWN).exists():
        return load_site(_read(root / OWN).text("site"), root)
    raise GracefulError(
        f"no file in {FOLDER} describes a site in {root}, and there is no {root / OWN}",
        "Set the site up as docs/host-setup.md says, or, without root, as docs/systemd-user.md or docs/supervisord.md does.",
        code="host",
    )


def settle(site: Site) -> None:
    """Makes what the administrator has made elsewhere: in single-user mode the site's first deploy finds only its root."""
    if site.mode != "single-user":
        return
    owner, paths = site.owner, site.paths
    owner.own(site.root, owner.folder)
    for folder in (paths.bin, paths.shared, paths.run, paths.log):
        owner.make_folder(folder)
    own = site.root / OWN
    if not own.exists():
        temporary = own.with_name(f".{OWN}.{os.getpid()}")
        text = json.dumps(_first(site.name, site.root, site.manager), indent=2) + "\n"
        owner.write_file(temporary, text.encode(), OWN_MODE)
        sync_file(temporary)
        os.rename(temporary, own)


def _find(name: str, root: Path, manager: str | None) -> tuple[Path, Site]:
    """The administrator's file counts where there is one; none is needed for the manager that needs no root."""
    administered, own = FOLDER / f"{name}.json", root / OWN
    if not administered.exists():
        if own.exists():
            return own, _own(_read(own), root)
        if manager in SINGLE_USER:
            return own, _own(Message(_first(name, root, manager), str(own)), root)
    return administered, _administered(_read(administered))


def _read(path: Path) -> Message:
    try:
        return Message.parse(path.read_bytes(), str(path), LIKE_FIRST if path.name == OWN else LIKE_EXAMPLE)
    except OSError as error:
        raise GracefulError(
            f"{path} cannot be read: {error.strerror}",
            "Set the site up as docs/host-setup.md says; the file is root's, mode 0644. A host without root needs"
            " `process-manager: systemd-user` or `supervisord` in graceful.yml (docs/systemd-user.md, docs/supervisord.md).",
            code="host",
        ) from error


def _administered(data: Message) -> Site:
    data.need(texts=("deploy_user", "user", "group", "web_group", *TEXTS), lists=("processes",))
    groups = (data.text("group"), data.text("web_group"))
    return _site(data, ("systemd",), data.text("deploy_user"), data.text("user"), groups=groups)


def _first(name: str, root: Path, manager: str) -> dict[str, Any]:
    return {
        "site": name,
        "root": str(root),
        "store": str(root / ".store"),
        "manager": manager,
        "processes": ["web"],
    }


def _own(data: Message, root: Path) -> Site:
    data.need(texts=TEXTS, lists=("processes",))
    me = user_name(root.stat().st_uid)
    return _site(data, SINGLE_USER, me, me, tick=data.flag("tick") if "tick" in data.data else True)


def _site(data: Message, managers: tuple[str, ...], deploy_user: str, user: str, **more: Any) -> Site:
    manager = data.text("manager")
    if manager not in managers:
        words = " or ".join(f'"{name}"' for name in managers)
        raise GracefulError(
            f"{data.where}: manager {manager!r} is not possible here",
            f'Write "manager": {words}.',
            code="host",
        )
    root = Path(data.text("root"))
    store = Path(data.optional_text("store") or root / ".store")
    processes = tuple(data.strings("processes"))
    return Site(data.text("site"), root, store, manager, deploy_user, processes, user, **more)

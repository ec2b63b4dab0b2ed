"""`release.json`: one release as the runner made it, without any secret, with the digest of the environment that is here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..errors import GracefulError
from ..journal.history import WEB
from ..journal.keeping import Keep
from ..site.paths import SitePaths
from ..store.manifest import safe_path
from ..wire import Message
from .shared import Shared

#: Name of a process. It has no dash: `<site>-<process>` has to lead back to the two.
PROCESS = re.compile(r"[a-z][a-z0-9]{0,15}")
DEFAULT_KEEP = Keep()
DAMAGED = "This file never changes once its release stands: bring it back from a backup, or remove a release that is not live."


@dataclass(frozen=True)
class Health:
    """How a release is judged; times in seconds."""

    path: str
    status: list[int] | None
    body: str | None
    timeout: float
    successes: int

    @staticmethod
    def read(data: Message) -> Health:
        return Health(
            data.text("path"),
            data.optional_numbers("status"),
            data.optional_text("body"),
            data.number("timeoutMs") / 1000,
            data.number("successes"),
        )


@dataclass(frozen=True)
class Times:
    """All durations in seconds."""

    heartbeat: float
    lease: float
    confirm: float
    standby: float
    drain: float
    grace: float
    lock: float
    keep_static: float

    @staticmethod
    def read(data: Message) -> Times:
        names = ("heartbeat", "lease", "confirm", "standby", "drain", "grace", "lock")
        given = {name: data.number(f"{name}Ms") / 1000 for name in names}
        return Times(**given, keep_static=data.number("keepStaticMs") / 1000)


@dataclass(frozen=True)
class Process:
    """How a process is started and ended. `stop`: how long it may take to end (seconds). A `singleton` never runs twice."""

    argv: list[str]
    stop: float = 0
    singleton: bool = False

    @staticmethod
    def read(data: Message) -> Process:
        stop = data.number("stopMs") / 1000 if "stopMs" in data.data else 0
        return Process(
            data.strings("argv"), stop, data.flag("singleton") if "singleton" in data.data else False
        )


@dataclass(frozen=True)
class Spec:
    """A release's description; `raw` is what the runner sent, or what `release.json` holds."""

    raw: dict[str, Any]
    id: str
    commit: str
    deploy_key: str
    code: str
    static: str | None
    #: Tree of the configuration repository, and the path in the code that leads to it.
    config: str | None
    config_folder: str | None
    env: str
    project: str
    processes: dict[str, Process]
    manage: list[str]
    shared: Shared
    static_root: str | None
    static_url: str | None
    migrate: bool
    url: str
    health: Health
    verify_local: str | None
    verify_public: bool
    times: Times
    origin: dict[str, Any]
    #: `overlap`: the new backend runs beside the old one before the switch; `restart`: the host cannot run two.
    strategy: str = "overlap"
    #: What a dead backend that does not come up again leads to: `restart` (it is tried again), or `switch`.
    keepalive: str = "restart"
    keep: Keep = DEFAULT_KEEP

    @staticmethod
    def read(data: Message) -> Spec:
        """Raises GracefulError naming the field that is wrong."""
        trees, static, shared = data.part("trees"), data.optional_part("static"), data.part("shared")
        config = data.optional_part("config")
        processes = data.part("processes")
        spec = Spec(
            raw=data.data,
            id=data.text("id"),
            commit=data.text("commit"),
            deploy_key=data.text("deployKey"),
            code=trees.text("code"),
            static=trees.optional_text("static"),
            config=trees.optional_text("config"),
            config_folder=config.text("folder") if config else None,
            env=data.part("env").text("hash"),
            project=data.text("project"),
            processes={name: Process.read(processes.part(name)) for name in processes.data},
            manage=data.strings("manage"),
            shared=Shared.read(shared),
            static_root=static.text("root") if static else None,
            static_url=static.optional_text("url") if static else None,
            migrate=data.flag("migrate"),
            url=data.text("url"),
            health=Health.read(data.part("health")),
            verify_local=data.part("verify").optional_text("local"),
            verify_public=data.part("verify").flag("public"),
            times=Times.read(data.part("times")),
            origin=data.part("origin").data,
            strategy=data.optional_text("strategy") or "overlap",
            keepalive=data.optional_text("keepalive") or "restart",
            keep=_keep(data.optional_part("keep")),
        )
        if (spec.config is None) != (spec.config_folder is None):
            raise GracefulError(
                f"{data.where}: a tree `config` and its folder go together", code="bad-request"
            )
        linked = [path for path in (spec.static_root, spec.config_folder) if path]
        inner = [*spec.shared.dirs, *spec.shared.files, *linked]
        for path in [*inner, *([] if spec.project == "." else [spec.project])]:
            if not safe_path(path):
                raise GracefulError(f"{data.where}: {path!r} must lie inside the project", code="bad-request")
        if len(set(inner)) < len(inner):
            raise GracefulError(
                f"{data.where}: a shared path, STATIC_ROOT or the configuration is named twice",
                code="bad-request",
            )
        if any(not PROCESS.fullmatch(name) or name == "manage" for name in spec.processes):
            raise GracefulError(
                f"{data.where}: a process's name must be lower-case letters and digits, and not `manage`",
                code="bad-request",
            )
        if WEB not in spec.processes:
            raise GracefulError(f"{data.where}: there is no process `web`", code="bad-request")
        return spec

    @property
    def others(self) -> dict[str, Process]:
        """The processes beside web."""
        return {name: process for name, process in self.processes.items() if name != WEB}


def _keep(data: Message | None) -> Keep:
    """Releases from before there was pruning do not say."""
    return DEFAULT_KEEP if data is None else Keep(data.number("releases"), data.number("failed"))


def load_spec(paths: SitePaths, release_id: str) -> Spec:
    """The description of a release on this host. Raises GracefulError where there is none."""
    manifest = paths.release(release_id).manifest
    try:
        return Spec.read(Message.parse(manifest.read_bytes(), str(manifest), DAMAGED))
    except FileNotFoundError:
        raise GracefulError(
            f"release {release_id} is not on this host",
            "`status` lists the releases that are; name one of them.",
        ) from None

"""Every path of a site on its host, named once (design, section 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import GracefulError

RELEASE_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{7}")
SHA256 = re.compile(r"[0-9a-f]{64}")
#: Name of an object of the store: its SHA-256, and `x` for an executable.
OBJECT = re.compile(r"[0-9a-f]{64}x?")
LINKS = ("current", "previous", "working", "previous-working")


@dataclass(frozen=True)
class ReleasePaths:
    """One release's folder. Nothing in it changes once it has appeared, but `sock`."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def code(self) -> Path:
        return self.folder / "code"

    @property
    def static(self) -> Path:
        return self.folder / "static"

    @property
    def config(self) -> Path:
        """The tree of the configuration repository, where the site has one."""
        return self.folder / "config"

    @property
    def venv(self) -> Path:
        return self.folder / "venv"

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def env(self) -> Path:
        return self.folder / "env"

    @property
    def secrets(self) -> Path:
        """Names of the variables in `env` whose values are not to be told; releases of older programs have none."""
        return self.folder / "secrets"

    @property
    def sock(self) -> Path:
        return self.folder / "sock"

    @property
    def manifest(self) -> Path:
        return self.folder / "release.json"


@dataclass(frozen=True)
class SitePaths:
    """The root of a site, its store and its run folder."""

    root: Path
    store: Path
    #: Holds a folder for each running backend.
    run: Path

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    def release(self, release_id: str) -> ReleasePaths:
        """Raises GracefulError where the id is no release id, so that no id ever leaves the folder."""
        if not RELEASE_ID.fullmatch(release_id):
            raise GracefulError(
                f"{release_id!r} is not a release id", "`status` lists the releases.", code="unknown"
            )
        return ReleasePaths(self.releases / release_id)

    @property
    def current(self) -> Path:
        return self.root / "current"

    @property
    def candidate(self) -> Path:
        """Names the release that is checked through the web server before the switch; SWITCH renames it to `current`."""
        return self.root / "candidate"

    @property
    def adopted(self) -> Path:
        """What stood where `current` is, before Graceful came (`adopt: true`)."""
        return self.root / "current.adopted"

    @property
    def assets(self) -> Path:
        return self.root / "assets"

    @property
    def shared(self) -> Path:
        return self.root / "shared"

    @property
    def dotenv(self) -> Path:
        return self.shared / ".env"

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    @property
    def supervisor(self) -> Path:
        """Configuration and socket of the supervisord that runs the site, where one does."""
        return self.root / "supervisor"

    @property
    def log(self) -> Path:
        """What backends print, where no journal of the system's takes it."""
        return self.root / "log"

    @property
    def journal(self) -> Path:
        return self.root / "journal.jsonl"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def offline(self) -> Path:
        """There while visitors get the maintenance page."""
        return self.root / "offline"

    @property
    def operations(self) -> Path:
        return self.root / ".op"

    @property
    def reserve(self) -> Path:
        """Space kept for the journal, given back when the disk is full."""
        return self.operations / "reserve"

    @property
    def pruned_assets(self) -> Path:
        """Which assets removed releases had rendered pages with, and until when those are kept."""
        return self.operations / "assets"

    @property
    def damage(self) -> Path:
        """Which releases of this site the last verify found damaged, and which of their static files."""
        return self.operations / "damage"

    @property
    def health(self) -> Path:
        """How backends answered when they were asked last."""
        return self.operations / "health"

    @property
    def ticket(self) -> Path:
        return self.operations / "ticket"

    @property
    def envs(self) -> Path:
        return self.store / "envs"

    def env(self, env_hash: str) -> Path:
        return self.envs / _digest(env_hash)

    def object(self, digest: str, executable: bool) -> Path:
        name = _digest(digest) + ("x" if executable else "")
        return self.store / "objects" / name[:2] / name

    def tree(self, digest: str) -> Path:
        """The manifest of a tree whose objects are all in the store."""
        return self.store / "trees" / _digest(digest)

    def damaged_tree(self, digest: str) -> Path:
        """The manifest of a tree that is known no more: the store lacks an object of it."""
        return self.store / "damaged" / "trees" / _digest(digest)

    def damaged_env(self, env_hash: str) -> Path:
        """There while an environment is to be made anew."""
        return self.store / "damaged" / "envs" / _digest(env_hash)

    @property
    def incoming(self) -> Path:
        """Where objects are written until they are verified; on the store's own file system."""
        return self.store / "incoming"

    @property
    def store_lock(self) -> Path:
        return self.store / "lock"

    def backend_socket(self, backend: str) -> Path:
        """Socket of a backend `<id>.<n>`; its folder is the backend's own RUNTIME_DIRECTORY."""
        return self.run / backend / "http.sock"


def _digest(text: str) -> str:
    if not SHA256.fullmatch(text):
        raise GracefulError(f"{text!r} is not a SHA-256 digest", code="bad-request")
    return text

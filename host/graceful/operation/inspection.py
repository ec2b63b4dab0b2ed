"""One look at a store and all that was placed from it: what is damaged, and whom that concerns. Changes nothing; hold the store
meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

from ..errors import GracefulError
from ..release.examine import examine_release
from ..release.kept import Kept, User, kept_releases
from ..release.use import in_use
from ..site.paths import SitePaths
from ..store.compare import Flaw
from ..store.environment import env_tree
from ..store.examine import examine_env, examine_objects, examine_trees
from ..store.wanted import Key
from .findings import Findings


class Inspection:
    """Tells `findings`; what else comes of it are its attributes."""

    def __init__(self, paths: SitePaths, findings: Findings) -> None:
        self._paths, self._findings, self._comparer = paths, findings, findings.comparer
        #: Environments that were known as damaged before.
        self.marked = {path.name for path in paths.damaged_env("0" * 64).parent.glob("*")}
        #: By environment, whether it is sound.
        self.envs: dict[str, bool] = {}
        #: By site, which objects damaged static files ought to be.
        self.files: dict[SitePaths, dict[str, Key]] = {}
        self._kept = list(self._releases())
        self._users: defaultdict[str, list[User]] = defaultdict(list)
        for one in self._kept:
            for name in (*one.trees.values(), one.spec.env, one.env_tree):
                if name is not None:
                    self._users[name].append(one.user)
        for flaw in examine_objects(paths, self._comparer):
            findings.damage("object", flaw, [])
        self.trees = examine_trees(paths, self._comparer, self._tree)
        self._tell_objects()
        for digest in sorted({digest for one in self._kept for digest in one.trees.values()}):
            self._need([digest])
        self._look_at_envs()
        self._look_at_releases()

    @property
    def was_damaged(self) -> bool:
        """True where an earlier look has left something to see to."""
        return bool(self.marked or self.trees.aside)

    def _releases(self) -> Iterator[Kept]:
        for one in kept_releases(self._paths, self._unreadable):
            if one.other_store is None:
                yield one
            else:
                self._findings.notes.append(
                    f"{one.folder.folder} is of the store {one.other_store}: not looked at."
                )

    def _unreadable(self, user: User, error: GracefulError) -> None:
        manifest = str(SitePaths(user.root, self._paths.store, self._paths.run).release(user.id).manifest)
        flaw = Flaw(manifest, "changed", error.message, "what the release is")
        self._findings.damage("release", flaw, [user])

    def _tree(self, flaw: Flaw, digest: str) -> None:
        self._findings.damage("tree", flaw, self._users[digest])

    def _tell_objects(self) -> None:
        """Of each that is damaged, whom that concerns. What is lacking of a tree that does not claim to be whole any more is only
        noted, unless it is live: nobody is sent such a tree, and who needs it asks for it."""
        noted = 0
        for key, flaw in sorted(self._comparer.bad.items()):
            naming = self.trees.naming.get(key, [])
            users = [user for digest in naming for user in self._users[digest]]
            claimed = flaw.kind != "missing" or any(digest in self.trees.false for digest in naming)
            if claimed or any(user.is_live for user in users):
                self._findings.damage("object", flaw, users)
            else:
                noted += bool(users)
        if noted:
            self._findings.notes.append(
                f"The store lacks {noted} objects of releases that are not live; these do not need it to serve."
            )

    def _need(self, digests: Iterable[str]) -> None:
        """One of these trees ought to be in the store; a live release needs it for going on to another stage."""
        lost = sorted(digests)
        if any(digest in self.trees.broken or self.trees.manifest(self._paths, digest) for digest in lost):
            return
        users = [user for digest in lost for user in self._users[digest]]
        path = str(self._paths.tree(lost[0]))
        if any(user.is_live for user in users):
            flaw = Flaw(path, "missing", "is missing", f"a manifest with SHA-256 {lost[0]}")
            self._findings.damage("tree", flaw, users)
        else:
            ids = ", ".join(sorted({user.id for user in users}))
            self._findings.notes.append(f"{path} is missing, so that {ids} could not be compared with it.")

    def _look_at_envs(self) -> None:
        made_of: defaultdict[str, set[str]] = defaultdict(set)
        for one in self._kept:
            made_of[one.spec.env].update([one.env_tree] if one.env_tree else [])
        for env, digests in made_of.items():
            users, folder = self._users[env], self._paths.env(env)
            digests.update(filter(None, [env_tree(self._paths, env)]))
            if not folder.is_dir():
                flaw = Flaw(str(folder), "missing", "is missing", "an environment")
                self._findings.damage("environment", flaw, users)
            elif digests:
                self._need(digests)
                flaws, self.envs[env] = examine_env(self._paths, self._comparer, self.trees, env, digests)
                for flaw in flaws:
                    self._findings.damage("environment", flaw, users)

    def _look_at_releases(self) -> None:
        for one in self._kept:
            with ExitStack() as held:
                try:
                    held.enter_context(in_use(one.folder.folder))
                except FileNotFoundError:
                    # Removed meanwhile.
                    continue
                self._look_at(one)

    def _look_at(self, one: Kept) -> None:
        def tell(part: str, flaw: Flaw) -> None:
            self._findings.damage(part, flaw, [one.user])

        examine_release(one, self.trees, self._comparer, tell, self.files.setdefault(one.site, {}))

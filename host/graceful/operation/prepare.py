"""What a release needs before it starts: shared data, assets, and migrations where they are asked for."""

from __future__ import annotations

from ..errors import StepFailure
from ..release.assets import fill_assets
from ..release.spec import Spec
from ..site.paths import SitePaths
from .context import Context
from .transaction import Transaction


def prepare(transaction: Transaction, detail: list[str]) -> None:
    """Shared data is there, assets are filled, pending migrations are applied; the old release serves on."""
    context, spec = transaction.context, transaction.spec
    context.journal.write("prepare")
    missing = missing_shared(context.paths, spec.shared_dirs, spec.shared_files)
    if missing:
        raise StepFailure(
            f"missing in {context.paths.shared}: {', '.join(missing)}", "Put them there and deploy again."
        )
    added = fill_assets(context.paths, context.paths.release(spec.id), context.site.gid)
    detail.append(f"new assets: {added}")
    if spec.migrate:
        detail.append(_migrate(context, spec))


def missing_shared(paths: SitePaths, dirs: list[str], files: list[str]) -> list[str]:
    """Shared folders and files that a release needs and that are not there."""
    return [f"{path}/" for path in dirs if not (paths.shared / path).is_dir()] + [
        path for path in files if not (paths.shared / path).is_file()
    ]


def _migrate(context: Context, spec: Spec) -> str:
    """Applies migrations, as the site's user, when something is pending (`migrate --check` says so by its status)."""
    lines: list[str] = []
    if context.manager.run(spec.id, ["migrate", "--check"], lines.append) == 0:
        return "no migration pending"
    lines.clear()

    def output(line: str) -> None:
        lines.append(line)
        context.tell.emit("log", source="migrate", lines=[line])

    context.journal.write("migrate")
    status = context.manager.run(spec.id, ["migrate", "--noinput"], output)
    if status != 0:
        raise StepFailure(
            f"migrate ended with exit status {status}",
            "Look at the log for what was applied; mend the migration and deploy again.",
            log=lines,
        )
    return f"migrations applied: {sum('Applying ' in line for line in lines)}"

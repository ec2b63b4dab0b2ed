"""What a release needs before it starts: shared data, assets, and migrations where they are asked for."""

from __future__ import annotations

import re

from ..errors import StepFailure
from ..process.command import run_command
from ..release.assets import fill_assets
from ..release.damage import mend_files
from ..release.shared import missing_files, settle_shared
from ..release.spec import Spec
from .context import Context
from .fleet import hold
from .transaction import Transaction


def prepare(transaction: Transaction, detail: list[str]) -> None:
    """Shared data is there, assets are filled, pending migrations are applied; the old release serves on."""
    context, spec = transaction.context, transaction.spec
    context.journal.write("prepare")
    faults = settle_shared(context.paths, spec.shared, context.site.owner)
    missing = missing_files(context.paths, spec.shared)
    if missing or faults:
        words = [f"{context.paths.shared / path} is missing" for path in missing]
        raise StepFailure(
            "; ".join([*words, *(fault["what"] for fault in faults)]),
            "Put that right on the host and deploy again.",
        )
    mended = mend_files(context.paths, context.site.owner)
    if mended:
        detail.append(f"damaged static files mended: {mended}")
    added = fill_assets(context.paths, context.paths.release(spec.id), context.site.owner)
    detail.append(f"new assets: {added}")
    if spec.migrate:
        detail.append(_migrate_once(transaction) if transaction.fleet else _migrate(context, spec))


def _migrate_once(transaction: Transaction) -> str:
    """Of a fleet one host migrates; the others note what it has applied, since their releases know it from then on."""
    context, spec = transaction.context, transaction.spec
    applied = hold(transaction, "migrate").get("migrations")
    if applied is None:
        return _migrate(context, spec)
    if applied:
        context.journal.write("migrated", release=spec.id, migrations=[str(name) for name in applied])
    return "migrations are another host's"


def _migrate(context: Context, spec: Spec) -> str:
    """Applies migrations, as the site's user, when something is pending (`migrate --check` says so by its status)."""
    manage = context.manager.manage(spec.id)
    said: list[str] = []
    status = run_command([*manage, "migrate", "--check", "--plan"], said.append)
    if status == 0:
        return "no migration pending"
    planned = planned_in(said)
    if not planned:
        raise StepFailure(
            f"`migrate --check --plan` ended with exit status {status}: the database was not reached or not understood",
            f"See the log; what the site needs to know of its database is in the env input or in {context.paths.shared}/.env.",
            log=said,
        )
    lines: list[str] = []

    def output(line: str) -> None:
        lines.append(line)
        context.tell.emit("log", source="migrate", lines=[line])

    context.journal.write("migrate", release=spec.id, migrations=planned)
    status = run_command([*manage, "migrate", "--noinput"], output)
    applied = applied_in(lines)
    context.journal.write("migrated", release=spec.id, migrations=applied)
    context.tell.emit("migrated", migrations=applied)
    if status != 0:
        raise StepFailure(
            f"migrate ended with exit status {status}",
            "Look at the log for what was applied; mend the migration and deploy again.",
            log=lines,
        )
    return f"migrations applied: {len(applied)}"


def planned_in(lines: list[str]) -> list[str]:
    """The migrations that `migrate --plan` lists: each on a line of its own, what it does indented below."""
    return [line for line in lines if re.fullmatch(r"\w+\.\w+", line)]


def applied_in(lines: list[str]) -> list[str]:
    """The migrations that `migrate` says it has applied, such as `orders.0002_note`."""
    found = (re.match(r"\s*Applying (\S+)\.\.\..*\bOK", line) for line in lines)
    return [match[1] for match in found if match]

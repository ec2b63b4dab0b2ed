"""All that time asks for, each minute and at boot: recover, bring the live backend up, end standby, drain, tidy."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

from ..check.health import WEB
from ..errors import GracefulError, StepFailure
from ..journal.links import after_standby
from ..release.spec import load_spec
from ..site.links import read_links, set_links
from ..site.lock import Busy
from ..site.maintenance import drop_page
from .channel import CONTROL, alive
from .context import Context, moment
from .keepalive import keep_live, keep_unrecovered
from .patience import boot_is_over
from .processes import attend
from .prune import prune_in_time, tidy_store
from .recover import recover
from .retire import end_at_once, end_begun, end_if_idle, tell_to_stop

#: The tale of an ended operation is kept this long for whoever asks for its outcome (seconds).
KEEP_TALES = 86400.0
#: A control socket that is younger may be about to listen (seconds).
BOUND = 2.0
#: The lock is only tried: a running deploy is never disturbed. (A reader's glance at it may take a moment.)
GLANCE = 0.5
#: After a boot nothing serves, and the web server waits for this: whoever recovers first is waited for (seconds;
#: `shop-boot.service` has 300).
BOOT = 240.0


def tick(context: Context) -> None:
    """One round. Returns quietly when another operation holds the lock: cron makes a mail of every word."""
    patience = GLANCE if boot_is_over(context) else BOOT
    try:
        with context.lock("tick", {"actor": "timer"}, patience, quietly=True):
            try:
                recover(context)
            except (GracefulError, StepFailure, OSError):
                keep_unrecovered(context)
                raise
            # Where the disk is full later, there is room for what makes room.
            with suppress(OSError):
                context.journal.reserve()
            _keep_live(context)
            attend(context)
            _settle(context)
            _end_standby(context)
            _end_backends(context)
            _tidy(context)
            _sweep(context)
            pruned = prune_in_time(context)
    except Busy:
        return
    cleaned = tidy_store(context, pruned)
    if pruned:
        context.tell.emit("notice", message=f"store: {cleaned}")


def _keep_live(context: Context) -> None:
    up, words = keep_live(context)
    if not up:
        context.tell.emit("notice", message=words)


def _settle(context: Context) -> None:
    """The live release outlived its standby time: it becomes `working`. A round that was killed half-way is finished."""
    history = context.history()
    links = history.settled
    if history.settles is not None and history.settles <= moment():
        links = after_standby(read_links(context.paths), history)
        context.journal.write("settle", links=links)
    if links is not None:
        set_links(context.paths, {name: links[name] for name in ("previous-working", "working")})


def _end_standby(context: Context) -> None:
    for backend in context.history().backend_in("standby"):
        state = context.manager.state(WEB, backend.name)
        if not state.up and not state.restarting:
            end_at_once(context, backend.name)
        elif (backend.until or "") <= moment():
            drain = load_spec(context.paths, backend.release).times.drain
            context.journal.write("drain", backend=backend.name, until=moment(drain))


def _end_backends(context: Context) -> None:
    """Draining ones end when their last visitor is served; what an operation left half-started goes."""
    history = context.history()
    for backend in history.backend_in("draining"):
        end_if_idle(context, backend.name, overdue=(backend.until or "") <= moment())
    for backend in history.backend_in("stopping"):
        state = context.manager.state(WEB, backend.name)
        if state.ended:
            context.journal.write("stopped", backend=backend.name)
        elif state.up or state.restarting:
            # Nobody told it: that was announced, and whoever did so died.
            tell_to_stop(context, backend.name)
    end_begun(context)


def _sweep(context: Context) -> None:
    """The process manager runs, and holds nothing of backends that have ended."""
    try:
        context.manager.sweep({backend.name for backend in context.history().standing()})
    except StepFailure as failure:
        context.tell.emit("notice", message=f"{failure}. {failure.next_step}")


def _tidy(context: Context) -> None:
    """Removes what a killed process left: drafts, temporary links, half-received objects, old tales."""
    paths = context.paths
    old = time.time() - KEEP_TALES
    # Not there before the first operation.
    for folder in paths.operations.glob("*"):
        control = folder / CONTROL
        made = 0.0
        # Its operation may end just now; what stands beside them is a file.
        with suppress(FileNotFoundError, NotADirectoryError):
            made = control.lstat().st_mtime
        if not folder.is_dir() or time.time() - made < BOUND or alive(folder):
            continue
        if folder.stat().st_mtime < old:
            shutil.rmtree(folder, ignore_errors=True)
        elif made:
            control.unlink(missing_ok=True)
    drop_page(paths)
    for draft in paths.releases.glob(".*"):
        shutil.rmtree(draft, ignore_errors=True)
    # Only who holds the lock makes these links, and that is this process.
    for link in [*paths.root.glob(".*.[0-9]*"), *paths.releases.glob("*/.sock.[0-9]*")]:
        link.unlink(missing_ok=True)
    for part in [*paths.incoming.glob("*"), *paths.envs.glob(".*"), *paths.bin.glob("*.tmp")]:
        # Whoever receives holds no lock of the site: it may have become an object by now.
        with suppress(FileNotFoundError):
            if part.lstat().st_mtime >= old and _has_writer(part):
                continue
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)


def _has_writer(part: Path) -> bool:
    """True where the process whose number ends the name is there (another one may have got its number meanwhile)."""
    numbers = [word for word in part.name.split(".") if word.isdigit()]
    return bool(numbers) and Path(f"/proc/{numbers[-1]}").exists()

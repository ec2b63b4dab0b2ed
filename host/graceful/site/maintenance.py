"""The maintenance page: the file `offline` under the root is the page itself, and the web server shows it while it is there
(examples/host/shop.nginx)."""

from __future__ import annotations

import html
import os
from pathlib import Path

from .links import sync_file, sync_folder
from .owner import Owner
from .paths import SitePaths

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>Down for maintenance</title>
<style>body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto; padding: 0 1rem }}</style>
<h1>Down for maintenance</h1>
<p>{reason}</p>
{until}</html>
"""
WITHOUT_REASON = "This site is being worked on, and will be back soon."


def page(reason: str, until: str) -> str:
    """What visitors read meanwhile."""
    back = f"<p>It is expected back {html.escape(until)}.</p>\n" if until else ""
    return PAGE.format(reason=html.escape(reason or WITHOUT_REASON), until=back)


def ready_page(paths: SitePaths, reason: str, until: str, owner: Owner) -> None:
    """Writes the page beside its place, so that a full disk cannot stop the rename. Raises OSError without room."""
    drop_page(paths)
    draft = _draft(paths)
    owner.write_file(draft, page(reason, until).encode(), owner.file)
    # A page of no bytes, after a power cut, would be what visitors get.
    sync_file(draft)
    sync_folder(paths.root)


def drop_page(paths: SitePaths) -> None:
    """The page that was made ready is not to be shown."""
    _draft(paths).unlink(missing_ok=True)


def go_offline(paths: SitePaths) -> bool:
    """Visitors get the page that was made ready. False where there is none."""
    try:
        os.rename(_draft(paths), paths.offline)
    except FileNotFoundError:
        return False
    sync_folder(paths.root)
    return True


def _draft(paths: SitePaths) -> Path:
    return paths.root / ".offline.new"


def go_online(paths: SitePaths) -> None:
    """Visitors get the site from here on."""
    paths.offline.unlink(missing_ok=True)
    sync_folder(paths.root)

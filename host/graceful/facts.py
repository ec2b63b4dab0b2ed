"""What the runner must know of this host before it builds."""

from __future__ import annotations

import functools
import glob
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Any

#: Prints what a Python is; run in each that is found.
_ASK = (
    "import json,platform,sysconfig;"
    "print(json.dumps({'version':platform.python_version(),'abi':sysconfig.get_config_var('SOABI')}))"
)
FOLDERS = ("/usr/bin", "/usr/local/bin")


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


@functools.cache
def pythons() -> list[dict[str, str]]:
    """CPythons of this host that a site's user can run too, the system's first; each minor once."""
    found = [
        {
            "minor": _minor(platform.python_version()),
            "version": platform.python_version(),
            "abi": str(sysconfig.get_config_var("SOABI")),
            "executable": os.path.realpath(sys.executable),
        }
    ]
    for folder in FOLDERS:
        for path in sorted(glob.glob(f"{folder}/python3.[0-9]*")):
            if not path.rpartition("python3.")[2].isdigit():
                continue
            if any(_minor_of(path) == python["minor"] for python in found):
                continue
            try:
                answer = subprocess.run(
                    [path, "-I", "-c", _ASK], capture_output=True, timeout=10, check=True
                ).stdout
                told = json.loads(answer)
                minor = _minor(told["version"])
            except (OSError, subprocess.SubprocessError, ValueError):
                continue
            # What it is called need not be what it is. An environment is made by the minor alone: two would be two ABIs.
            if all(minor != python["minor"] for python in found):
                found.append(
                    {"minor": minor, "version": told["version"], "abi": told["abi"], "executable": path}
                )
    return found


def _minor_of(path: str) -> str:
    return path.rpartition("/python")[2]


def _os_release() -> dict[str, str]:
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return {"id": "unknown", "version": "", "codename": ""}
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    return {
        "id": values.get("ID", "unknown").strip('"'),
        "version": values.get("VERSION_ID", "").strip('"'),
        "codename": values.get("VERSION_CODENAME", "").strip('"'),
    }


def _libc() -> dict[str, str]:
    try:
        name, version = str(os.confstr("CS_GNU_LIBC_VERSION")).split(" ", 1)
        return {"name": name, "version": version}
    except (ValueError, OSError):
        return {"name": "musl", "version": ""}


#: For file systems that make inodes as they need them (btrfs) and count none.
UNLIMITED = 2**48


def _room(folders: Iterable[Path]) -> dict[str, int]:
    """What is free for this user, where there is least of it."""
    disks = [os.statvfs(folder) for folder in folders if folder.is_dir()]
    return {
        "freeBytes": min(disk.f_bavail * disk.f_frsize for disk in disks),
        "freeInodes": min(disk.f_favail if disk.f_files else UNLIMITED for disk in disks),
    }


def host_facts(root: Path, store: Path) -> dict[str, Any]:
    """The `facts` of the protocol's `welcome`."""
    return {
        "hostname": platform.node(),
        "os": _os_release(),
        "machine": platform.machine(),
        "libc": _libc(),
        "pythons": pythons(),
        "disk": _room((root, store)),
        "tools": [tool for tool in ("zstd",) if shutil.which(tool)],
    }

"""What can be wrong with sudo, the helper and the units of a site under systemd, each with its mend. Pure but for one stat."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterable, Mapping

from ..errors import Fault, fault, user_name
from ..journal.history import WEB

UNIT_HELPER = "/usr/local/sbin/graceful-unit"
INSTALL = f"As root, with this release's file: install -m 0755 examples/host/graceful-unit {UNIT_HELPER}"
#: systemd.time(7); a month is 30.44 days there, a year 365.25.
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
UNITS.update({"w": 604800.0, "month": 2629800.0, "y": 31557600.0})

RELOAD = "systemctl daemon-reload"
#: `UnitFileState` of a unit that nothing starts at a boot.
OFF = ("disabled", "linked")


def seconds(text: str) -> float:
    """systemd's way of writing a duration (`1min 30s`) in seconds; infinite where it says so or is not understood."""
    parts = re.findall(r"([\d.]+)(us|ms|month|min|s|h|d|w|y)", text)
    return sum(float(number) * UNITS[unit] for number, unit in parts) if parts else float("inf")


def helper_file_faults(path: str = UNIT_HELPER) -> list[Fault]:
    """The helper must be there, and nobody but root may have a say in what it does."""
    try:
        told = os.lstat(path)
    except OSError:
        return [fault(f"the helper {path} is missing", INSTALL)]
    mode = stat.S_IMODE(told.st_mode)
    if told.st_uid != 0 or mode & 0o022 or not mode & 0o111 or not stat.S_ISREG(told.st_mode):
        return [
            fault(
                f"the helper {path} belongs to {user_name(told.st_uid)} and has mode {mode:04o};"
                " sudo runs it as root, so it must be a file of root's with mode 0755",
                INSTALL,
            )
        ]
    return []


def sudo_fault(user: str, told: str) -> Fault:
    """Why sudo did not run the helper, from what it said (sudo 1.8 and 1.9, sudo-rs)."""
    line = f"{user} ALL=(root) NOPASSWD: {UNIT_HELPER}"
    if "tty" in told:
        return fault(
            f"sudo wants a terminal (requiretty) of user {user}",
            f"As root, add this line to /etc/sudoers.d/graceful: Defaults:{user} !requiretty",
        )
    if re.search(r"password|sudoers|not allowed|may not run", told):
        return fault(
            f"sudo does not let user {user} run {UNIT_HELPER} without a password",
            f"As root, put this line into /etc/sudoers.d/graceful (mode 0440, no dot in its name), then run"
            f" visudo --check: {line}",
        )
    if "unable to execute" in told:
        return fault(
            f"the helper {UNIT_HELPER} cannot be executed: {told}", f"{INSTALL}; it needs /usr/bin/python3"
        )
    if "No such file or directory: 'sudo'" in told:
        return fault(
            "there is no sudo on this host",
            f"apt install sudo, then this line in /etc/sudoers.d/graceful: {line}",
        )
    return fault(f"sudo cannot run {UNIT_HELPER}: {told}", f"Mend what sudo says; the line it needs: {line}")


def is_granted(listed: str) -> bool:
    """True where `sudo -l` lists the helper among what needs no password."""
    rights = [line for line in listed.splitlines() if "NOPASSWD:" in line]
    return any(re.search(rf"{re.escape(UNIT_HELPER)}\b|:\s*ALL\b", line) for line in rights)


def _unloaded(unit: str, shown: Mapping[str, str]) -> list[Fault]:
    """Why systemd has not loaded a unit; nothing where it has."""
    state = shown.get("LoadState")
    if state == "loaded":
        return []
    if state in (None, "not-found"):
        return [
            fault(
                f"systemd has no unit {unit}",
                f"As root: install -m 0644 {unit} /etc/systemd/system/ && {RELOAD}"
                " (from examples/host, docs/host-setup.md section 5)",
            )
        ]
    if state == "masked":
        return [fault(f"the unit {unit} is masked", f"As root: systemctl unmask {unit}")]
    return [
        fault(
            f"systemd cannot load the unit {unit} ({state})",
            f"As root: systemd-analyze verify {unit} names the line; mend it, then {RELOAD}",
        )
    ]


def recovery_faults(boot: str, shown: Mapping[str, Mapping[str, str]]) -> list[Fault]:
    """What keeps the site from coming back by itself, from `systemctl show` of the units for it, `boot` among them."""
    found = [told for unit, properties in shown.items() for told in _unloaded(unit, properties)]
    if shown[boot].get("LoadState") == "loaded" and shown[boot].get("UnitFileState") in OFF:
        found.append(
            fault(
                f"the unit {boot} is not enabled: after a boot nothing would start the site",
                f"As root: systemctl enable {boot}",
            )
        )
    return found


def timer_notices(timer: str, shown: Mapping[str, str]) -> list[str]:
    """What is said of a timer that is off. It may be so for an hour of maintenance, so it keeps nobody from deploying."""
    if shown.get("ActiveState") == "active" and shown.get("UnitFileState") not in OFF:
        return []
    return [
        f"{timer} is off: nothing recovers the site within a minute, or ends standby times;"
        f" as root: systemctl enable --now {timer}"
    ]


def process_faults(site: str, known: Collection[str], wanted: Iterable[str]) -> list[Fault]:
    """Processes of graceful.yml that the administrator has not allowed this site."""
    return [
        fault(
            f"graceful.yml has a process {process}, and /etc/graceful/{site}.json names only {', '.join(known)}",
            f'As root, add "{process}" to `processes` in that file, and install a unit {site}-{process}@.service'
            " (docs/host-setup.md section 5)",
        )
        for process in wanted
        if process not in known
    ]


def unit_faults(
    unit: str, shown: Mapping[str, str], wanted: Mapping[str, str], process: str, patience: float
) -> list[Fault]:
    """What is wrong with the unit template of a process, from `systemctl show` of an instance that nobody starts. `wanted`:
    settings that say whose unit it is; `patience`: seconds that the process may take to end."""
    if unloaded := _unloaded(unit, shown):
        return unloaded
    found = [
        fault(
            f"the unit {unit} has {name}={shown.get(name, '')}, and this site needs {name}={value}",
            f"Correct it in /etc/systemd/system/{unit} (compare examples/host), then {RELOAD}",
        )
        for name, value in wanted.items()
        if shown.get(name) != value
    ]
    stop = shown.get("TimeoutStopUSec", "")
    if seconds(stop) <= patience:
        key, last = (
            ("times.grace", "requests") if process == WEB else (f"processes.{process}.stop-timeout", "work")
        )
        found.append(
            fault(
                f"the unit {unit} has TimeoutStopSec={stop}, and {key} is {patience:g}s: its last {last} would be cut off",
                f"Raise TimeoutStopSec in /etc/systemd/system/{unit}, then {RELOAD}; or lower `{key}` in graceful.yml",
            )
        )
    return found

"""Start command of one process of one release; the host program fills SPEC in and writes it to `bin/<process>`.

Runs as the site's user. It is the only place that makes a process's environment: shared/.env (read at each start, never
copied), then the release's own variables, then GRACEFUL_*. It reads nothing else and imports only the standard library.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from typing import Any

SPEC: dict[str, Any] = json.loads("{}")  # filled in: folder, dotenv, release, commit, project, argv

#: What is filled in at each start: the release's own Python; the backend's socket, its folder and its name.
PLACE = re.compile(r"\{(?:python|socket|run|backend)\}")
ESCAPES: dict[str, str] = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}
LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<key>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*
    (?:'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<plain>[^\n]*?))[ \t]*(?:(?<=[ \t'"])\#[^\n]*)?$""",
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)


def _unescape(match: re.Match[str]) -> str:
    return ESCAPES.get(match.group(1), match.group(0))


def parse_dotenv(text: str) -> dict[str, str]:
    """Variables of a dotenv file: KEY=value, 'as it stands' or "with \\n escapes" (both may span lines), export, comments."""
    values = {}
    for match in LINE.finditer(text.replace("\r\n", "\n")):
        double = match.group("double")
        if double is not None:
            value = re.sub(r"\\(.)", _unescape, double, flags=re.DOTALL)
        elif match.group("single") is not None:
            value = match.group("single")
        else:
            value = re.sub(r"(^|[ \t])#.*$", "", match.group("plain")).strip()
        values[match.group("key")] = value
    return values


def environment(spec: dict[str, Any], inherited: dict[str, str]) -> dict[str, str]:
    """The process's whole environment: shared/.env, then the release's variables, then what Graceful itself sets."""
    folder = spec["folder"]
    try:
        with open(spec["dotenv"], encoding="utf-8-sig") as file:
            dotenv = parse_dotenv(file.read())
    except FileNotFoundError:
        dotenv = {}
    with open(os.path.join(folder, "env"), encoding="utf-8") as file:
        release = json.load(file)
    path = os.path.join(folder, "venv", "bin") + ":" + inherited.get("PATH", "/usr/local/bin:/usr/bin:/bin")
    own = {
        "GRACEFUL_RELEASE": spec["release"],
        "GRACEFUL_COMMIT": spec["commit"],
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {
        **inherited,
        "PATH": path,
        "VIRTUAL_ENV": os.path.join(folder, "venv"),
        **dotenv,
        **release,
        **own,
    }


def main() -> None:
    """`bin/<process> <backend>` fills in the command; `bin/manage ARGV...` adds its arguments."""
    folder, run = SPEC["folder"], os.environ.get("RUNTIME_DIRECTORY", "")
    manages = SPEC["process"] == "manage"
    places = {
        "{python}": os.path.join(folder, "venv", "bin", "python"),
        "{socket}": os.path.join(run, "http.sock"),
        "{run}": run,
        "{backend}": "" if manages else "".join(sys.argv[1:2]),
    }
    argv = [PLACE.sub(lambda match: places[match.group()], part) for part in SPEC["argv"]]
    if manages:
        argv += sys.argv[1:]
    if any("{socket}" in part for part in SPEC["argv"]):
        # What an earlier start left, by SIGKILL say: most servers refuse to start on a socket that is there.
        for left in (places["{socket}"], places["{socket}"] + ".lock"):
            with suppress(FileNotFoundError):
                os.unlink(left)
    # Resolved, so that a process never sees the code change under it when `current` is switched.
    os.chdir(os.path.realpath(os.path.join(folder, "code", SPEC["project"])))
    made = environment(SPEC, dict(os.environ))
    try:
        os.execvpe(argv[0], argv, made)
    except OSError as error:
        sys.exit(f"bin/{SPEC['process']}: {argv[0]} cannot be run: {error.strerror} (PATH is {made['PATH']})")


if __name__ == "__main__":
    main()

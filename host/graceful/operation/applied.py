"""Which migrations the database has, as the live release finds it. Only reads."""

from __future__ import annotations

import json
import signal
from typing import Any

from ..errors import GracefulError
from ..process.command import run_command
from ..site.links import foreign_current, linked_release
from .context import Context
from .manage import manage

#: Begins the line with the answer; settings and apps may print what they like.
ANSWER = "graceful-applied "

#: Longest that the database may take, seconds. The program ends itself: nobody else may end what runs as the site's user.
PATIENCE = 20

#: Runs in `manage.py shell`, on one line, as it comes to stand in logs of sudo. The recorder asks whether its table is there;
#: without one nothing is applied, and none is made. SQLite would make the file.
PROGRAM = "; ".join(
    (
        "import json, os, signal",
        f"signal.alarm({PATIENCE})",
        "from django.db import connection",
        "from django.db.migrations.recorder import MigrationRecorder",
        "file = str(connection.settings_dict['NAME'])",
        "new = connection.vendor == 'sqlite' and not connection.is_in_memory_db() and not os.path.exists(file)",
        "found = () if new else MigrationRecorder(connection).applied_migrations()",
        f"print('\\n{ANSWER}' + json.dumps(sorted('.'.join(name) for name in found)))",
    )
)
#: How that ends, by itself or as sudo and a shell tell it.
ENDED_ITSELF = (-signal.SIGALRM, 128 + signal.SIGALRM)
SHOWN = 3


def applied(context: Context) -> dict[str, Any]:
    """The `applied` message: the migrations, or in words why they cannot be told."""
    # What `adopt` is to put aside is no release of ours.
    release = None if foreign_current(context.paths) else linked_release(context.paths, "current")
    if release is None:
        return {"type": "applied", "migrations": None, "why": "nothing is live yet that could be asked"}
    said: list[str] = []
    try:
        status = manage(
            context, release, ["shell", "-c", PROGRAM], lambda argv: run_command(argv, said.append)
        )
    except (GracefulError, OSError) as error:
        return {"type": "applied", "migrations": None, "why": context.hidden(str(error))}
    told = [line for line in said if line.startswith(ANSWER)]
    if status == 0 and told:
        return {"type": "applied", "migrations": json.loads(told[-1][len(ANSWER) :]), "why": None}
    last = [line.strip() for line in said if line.strip()][-SHOWN:]
    ended = f"no answer within {PATIENCE} s" if status in ENDED_ITSELF else f"exit status {status}"
    why = f"the live release could not ask its database: {'; '.join([ended, *last])}"
    return {"type": "applied", "migrations": None, "why": context.hidden(why)}

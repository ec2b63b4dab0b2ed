"""A process beside the web server, as `processes` of graceful.yml names it: `worker: { command: python manage.py beside worker }`.

It tells in data/<name>.log when it begins, whether another one of its name runs at that moment, and when it has finished what
it had in hand.
"""

import fcntl
import os
import signal
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Works until it is told to end"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--task", type=float, default=0, help="what it has in hand at its end takes so many seconds")

    def handle(self, *args: Any, name: str, task: float, **options: Any) -> None:
        ending: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, _: ending.append(number))
        folder = settings.BASE_DIR / "data"
        with open(folder / f"{name}.lock", "a") as lock, open(folder / f"{name}.log", "a") as log:
            log.write(f"{'alone' if _free(lock.fileno()) else 'beside'} {os.environ['GRACEFUL_RELEASE']}\n")
            log.flush()
            while not ending:
                time.sleep(0.05)
            time.sleep(task)
            log.write(f"end {os.environ['GRACEFUL_RELEASE']}\n")


def _free(lock: int) -> bool:
    """Takes the lock, which the kernel frees with its holder. False where another process has it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""A site's versions side by side, each with its own virtual environment, made live by links."""

import os
import time
from datetime import datetime, timezone
from pathlib import PurePosixPath

from fabric import Connection, task
from invoke import Exit
from paramiko import RejectPolicy

SITE = os.environ["BENCH_SITE"]
ROOT = PurePosixPath("/srv") / SITE
VERSIONS = ROOT / "versions"
TO_KEEP = 5
TRIES = 60
PIP = " ".join(f"{key}={value}" for key, value in os.environ.items() if key.startswith("PIP_"))


@task
def deploy(_context):
    """Make a version of the branch's head, and make it live."""
    with connect() as host:
        version = datetime.now(timezone.utc).strftime("django-%Y-%m-%d-%H%M%S")
        folder = VERSIONS / version
        host.run(f"git clone --quiet --branch main {os.environ['BENCH_GIT_URL']} {folder}")
        host.run(f"python3 -m venv {folder}/venv")
        host.run(f"env {PIP} {folder}/venv/bin/pip install --quiet -r {folder}/requirements.txt")
        manage(host, folder, "collectstatic")
        service(host, "stop")
        change_version(host, version)
        manage(host, folder, "migrate")
        service(host, "start")
        check(host)
        host.run(f"cd {VERSIONS} && ls -1d django-* | head -n -{TO_KEEP} | xargs -r rm -rf")


@task
def rollback(_context):
    """Make the version live again that was live before."""
    with connect() as host:
        version = host.run(f"basename $(readlink {ROOT}/previous)", hide=True).stdout.strip()
        service(host, "stop")
        change_version(host, version)
        service(host, "start")
        check(host)


def connect() -> Connection:
    host = Connection(
        os.environ["BENCH_ADDRESS"],
        user=os.environ["BENCH_USER"],
        port=int(os.environ["BENCH_PORT"]),
        connect_kwargs={
            "key_filename": os.environ["BENCH_KEY"],
            "look_for_keys": False,
            "allow_agent": False,
        },
    )
    host.client.load_host_keys(os.environ["BENCH_KNOWN_HOSTS"])
    host.client.set_missing_host_key_policy(RejectPolicy())
    return host


def manage(host: Connection, folder: PurePosixPath, command: str) -> None:
    host.run(
        f"cd {folder} && set -a && . {ROOT}/shared/.env && venv/bin/python manage.py {command} --noinput"
    )


def service(host: Connection, verb: str) -> None:
    host.run(f"sudo systemctl {verb} {SITE}-web.service")


def change_version(host: Connection, version: str) -> None:
    """What is live becomes previous."""
    host.run(
        f"cd {ROOT} && if [ -L current ]; then cp -P current previous.new && mv -T previous.new previous; fi"
        f" && ln -s versions/{version} current.new && mv -T current.new current"
    )


def check(host: Connection) -> None:
    """The site has to answer well within a minute."""
    question = f"curl -fsS -o /dev/null -H 'Host: {os.environ['BENCH_HOST_NAME']}' http://127.0.0.1/"
    for _ in range(TRIES):
        if host.run(question, warn=True).ok:
            return
        time.sleep(1)
    raise Exit(f"{SITE} does not answer")

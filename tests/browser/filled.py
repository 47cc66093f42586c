"""A service with something on every page: filled as ``paddles demo`` fills one, then swept once.

``python -m tests.browser.filled URL DATABASE_URL FILES_DIR``
"""

import datetime
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from paddles import settings as configuration
from paddles.accounts import identity, passwords, users
from paddles.accounts.access import NOBODY
from paddles.accounts.users import NewUser
from paddles.db.engine import connect
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.demo import filling
from paddles.demo.filling import Wanted
from paddles.demo.wire import Wire
from paddles.settings import Settings
from paddles.sweep import loop
from tests.faults.servers import Server
from tests.processes import ROOT, environment

DAYS, RUNS, SEED = 14, 40, 1
PASSWORD = "correct horse"


@dataclass(frozen=True)
class Names:
    """Names of what is there, as parts of addresses: a run with failures, a job of it that failed, a machine, a node
    of a result tree that has others below it.
    """

    run: str
    job: str
    machine: str
    node: str


def fill(server: Server, database_url: str, files: Path) -> None:
    """Fill the service through its own interfaces, and do the periodic work on its database."""
    command = [sys.executable, "-m", __name__, f"http://127.0.0.1:{server.port}", database_url, str(files)]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True)


def names(server: Server) -> Names:
    """Return names to be filled into addresses."""
    run = read(server, "/runs/status/finished%20fail/?count=1")[0]["name"]
    jobs = read(server, f"/runs/{quote(run, safe='')}/jobs/?status=fail")
    machine = read(server, "/nodes/")[0]["name"]
    node = read(server, "/latest/nodes?kind=checkout&limit=1")["items"][0]["id"]
    return Names(*(quote(str(name), safe="") for name in (run, jobs[0]["job_id"], machine, node)))


def read(server: Server, path: str) -> Any:
    """Return the JSON at an address."""
    status, _, body = server.send("GET", path)
    assert 200 == status, body
    return json.loads(body)


def administrator(session: Session, settings: Settings, now: datetime.datetime) -> str:
    """Make one, and return a token of it: projects and nodes are made by nobody else."""
    new = NewUser(
        "root",
        "root@example.org",
        passwords.hashed(PASSWORD, settings.password_memory_kib),
        is_verified=True,
        is_superuser=True,
    )
    user = users.by_id(session, users.create(session, new, NOBODY, now))
    assert user is not None
    return identity.access_token(session, settings, user, now)


def main(url: str, database_url: str, files: str) -> None:
    """Fill, then sweep."""
    now = datetime.datetime.now(datetime.UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    settings = configuration.load(database_url=database_url, files_dir=Path(files))
    database = connect(settings)
    token = transact(database, lambda session: administrator(session, settings, now))
    filling.fill(Wire(url, token), Wanted(SEED, DAYS, RUNS, hour), print)
    loop.once(database, settings, now)
    database.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])

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
from paddles.db.engine import connect
from paddles.demo import filling
from paddles.demo.filling import Wanted
from paddles.demo.wire import Wire
from paddles.sweep import loop
from tests.faults.servers import Server
from tests.processes import ROOT, environment

DAYS, RUNS, SEED = 14, 40, 1


@dataclass(frozen=True)
class Names:
    """Names of what is there, as parts of addresses: a run with failures, a job of it that failed, a machine."""

    run: str
    job: str
    machine: str


def fill(server: Server, database_url: str, files: Path) -> None:
    """Fill the service through its own interfaces, and do the periodic work on its database."""
    command = [sys.executable, "-m", __name__, f"http://127.0.0.1:{server.port}", database_url, str(files)]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True)


def names(server: Server) -> Names:
    """Return names to be filled into addresses."""
    run = read(server, "/runs/status/finished%20fail/?count=1")[0]["name"]
    jobs = read(server, f"/runs/{quote(run, safe='')}/jobs/?status=fail")
    machine = read(server, "/nodes/")[0]["name"]
    return Names(*(quote(str(name), safe="") for name in (run, jobs[0]["job_id"], machine)))


def read(server: Server, path: str) -> Any:
    """Return the JSON at an address."""
    status, _, body = server.send("GET", path)
    assert 200 == status, body
    return json.loads(body)


def main(url: str, database_url: str, files: str) -> None:
    """Fill, then sweep."""
    now = datetime.datetime.now(datetime.UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    filling.fill(Wire(url), Wanted(SEED, DAYS, RUNS, hour), print)
    settings = configuration.load(database_url=database_url, files_dir=Path(files))
    database = connect(settings)
    loop.once(database, settings, now)
    database.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A service with something on every page: filled as ``paddles demo`` fills one, then swept once.

``python -m tests.browser.filled URL DATABASE_URL FILES_DIR``
"""

import datetime
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from paddles import settings as configuration
from paddles.accounts import groups, identity, passwords, users
from paddles.accounts.access import NOBODY
from paddles.accounts.users import NewUser
from paddles.db.engine import Database, connect
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.demo import filling, jobs
from paddles.demo.filling import Wanted
from paddles.demo.jobs import BAD_MACHINE
from paddles.demo.wire import Refused, Wire
from paddles.feeds import records
from paddles.feeds.records import Outcome
from paddles.settings import Settings
from paddles.sweep import loop
from tests.faults.servers import Server
from tests.processes import ROOT, environment

DAYS, RUNS, SEED = 14, 40, 1
# Who may do everything there, and a group that he is in with somebody else.
NAME, PASSWORD, USER = "root", "root", "5eedca5e0000000000000001"
GROUP, MEMBER = "lab-staff", "ann"


@dataclass(frozen=True)
class Names:
    """What is there, as parts of addresses.

    A run with failures, one of its suite before it, one that goes on with a job that waits; a job of the first that
    failed, a machine; a job that a machine booted for; a test that turned, also as one segment, and its regression; a
    document; the number of the job of a boot; a note, a known issue; a build of demo-os that waits, and a run of its
    first one that has ended; a user, and a group of users, blank where there is none. The others are whole paths: of
    that job, of a run of a build, of a failure, of a node.
    """

    run: str
    before: str
    going: str
    queued: str
    job: str
    machine: str
    booted: str
    number: str
    boot: str
    built: str
    failure: str
    test: str
    case: str
    regression: str
    document: str
    note: str
    issue: str
    build: str
    again: str
    user: str
    group: str
    node: str


def fill(server: Server, database_url: str, files: Path) -> None:
    """Fill the service through its own interfaces, and do the periodic work on its database."""
    command = [sys.executable, "-m", __name__, f"http://127.0.0.1:{server.port}", database_url, str(files)]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True)


def names(read: Callable[[str], Any]) -> Names:
    """Return names to be filled into addresses; ``read`` gives the JSON at an address."""
    run, before = (each["name"] for each in read("/runs/status/finished%20fail/suite/rgw/?count=2"))
    job = read(f"/runs/{quote(run, safe='')}/jobs/?status=fail")[0]["job_id"]
    machine = read("/nodes/?machine_type=smithi&up=1")[0]["name"]
    going = quote(read("/runs/?status=running&suite=rgw&count=1")[0]["name"], safe="")
    boot = read("/boots?count=1&boot_result=fail")["items"][0]["href"]
    regression = read("/regressions?state=open&count=1")["items"][0]
    built = read("/projects/demo-os/builds/1/")["data"]["build"]["runs"][0]
    return Names(
        run=quote(run, safe=""),
        before=quote(before, safe=""),
        job=job,
        machine=machine,
        going=going,
        queued=read(f"/runs/{going}/jobs/?status=queued")[0]["job_id"],
        booted=next(each["job_id"] for each in read("/runs/demo-1-lkp/jobs/") if "running" == each["status"]),
        number=str(read(f"{boot}?fields=id")["id"]),
        boot=boot,
        built=path_of(built["url"]),
        failure=path_of(read("/failures/?count=1")[0]["href"]),
        test=regression["path"],
        case=quote(regression["path"], safe=""),
        regression=str(regression["id"]),
        document=str(read("/ingest/documents?count=1")["items"][0]["id"]),
        note=str(read(f"/notes/?machine={BAD_MACHINE}")["notes"][0]["id"]),
        issue=str(read("/known-issues/?count=1")["known_issues"][0]["id"]),
        build=str(read("/projects/demo-os/builds/")["data"]["builds"][0]["build_id"]),
        again=built["name"],
        user=USER,
        group=next((each["id"] for each in read(f"/latest/groups?name={GROUP}")["items"]), ""),
        node=f"/latest/node/{read('/latest/nodes?kind=checkout&limit=1')['items'][0]['id']}",
    )


def path_of(address: str) -> str:
    """Return an address without the service that it is at."""
    return urlsplit(address).path


def reading(server: Server) -> Callable[[str], Any]:
    """Return what gives the JSON at an address of a server."""

    def read(path: str) -> Any:
        status, _, body = server.send("GET", path)
        assert 200 == status, body
        return json.loads(body)

    return read


def admin(database: Database, settings: Settings, now: datetime.datetime) -> str:
    """Return the token of an administrator, who is made, and somebody else with him."""
    hashed, member = passwords.hashed(PASSWORD, 8), f"{MEMBER}@example.org"
    root = NewUser(NAME, "root@example.org", hashed, (GROUP,), is_verified=True, is_superuser=True, id=USER)

    def work(session: Session) -> str:
        groups.create(session, GROUP, NOBODY, now)
        users.create(session, NewUser(MEMBER, member, hashed, (GROUP,), is_verified=True), NOBODY, now)
        user = users.by_id(session, users.create(session, root, NOBODY, now))
        assert user is not None
        return identity.access_token(session, settings, user, now)

    return transact(database, work)


def trouble(wire: Wire, database: Database, now: datetime.datetime) -> None:
    """Have a lab send what is refused, and what cannot be read, and a feed end early."""
    with suppress(Refused):
        wire.send("POST", "/ingest/lava?lab_name=lab-south", b"no JSON")
    said = {"id": 1, "definition": "a: [", "results": {"lava": "a: ["}}
    wire.send("POST", "/ingest/lava?lab_name=lab-south", said)

    def work(session: Session) -> None:
        number = records.start(session, "https://example.org/", 12, 3, now)
        records.count(session, number, Outcome(8, 0, 1))
        records.end(session, number, "it answers 503", now)

    transact(database, work)


def main(url: str, database_url: str, files: str) -> None:
    """Fill, then sweep."""
    now = datetime.datetime.now(datetime.UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    settings = configuration.load(database_url=database_url, files_dir=Path(files))
    database = connect(settings)
    wire = Wire(url, admin(database, settings, now))
    filling.fill(wire, Wanted(SEED, DAYS, RUNS, hour), print)
    trouble(wire, database, now)
    loop.once(database, settings, now)
    # What is said of results is said of those that have been read.
    filling.review(wire, list(jobs.past(SEED, DAYS, RUNS, hour)), print)
    database.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Nodes with jobs of the lab behind them: asked for, followed, as the face and the sweep would do it."""

import datetime
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from paddles.archive import tests
from paddles.boot import jobs as boot_jobs
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.lab import leases
from paddles.nodes import following, nodes, upkeep
from paddles.nodes.backing import Lab
from tests.boot.samples import HOSTS
from tests.conftest import NOW
from tests.nodes.units import ANN
from tests.units import SCHEME, at, rows
from tests.waiting import until

TREE = "t1"
REVISION = {"tree": "mainline", "url": "https://x", "branch": "master", "commit": "f" * 40}
# An open transaction anywhere on the server holds readers of the log back.
PATIENCE_S = 120
UNSETTLED = "SELECT id FROM events WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())"
JOB = "SELECT jobs.*, runs.name AS run FROM jobs JOIN runs ON runs.id = run_id JOIN nodes ON job_id = jobs.id"


def boot(session: Session, document: Mapping[str, Any], now: datetime.datetime) -> int:
    """Submit a job that a machine boots for."""
    return int(boot_jobs.submit(session, document, now, HOSTS, SCHEME)["id"])


LAB = Lab(SCHEME, "nolab", boot)


def ask(database: Database, queue: str = "q", *, now: datetime.datetime = NOW, **said: Any) -> str:
    """Create a node that asks for a job in a queue, and return its id; ``data`` is added to the queue."""
    data = {"queue": queue, "kernel_revision": REVISION, **said.pop("data", {})}
    about = {"kind": "job", "name": "kunit", "path": ["checkout", "kunit"], "treeid": TREE, **said, "data": data}
    return str(transact(database, lambda s: nodes.create(s, about, ANN, now, lab=LAB))["id"])


def job_of(database: Database, node_id: str) -> Row[Any]:
    """Return the job behind a node, with the name of its ``run``."""
    (row,) = rows(database, f"{JOB} WHERE nodes.id = :id", id=node_id)
    return row


def settle(database: Database) -> None:
    """Wait until readers of the log are given all of it: transactions of others on the server hold them back."""
    until(lambda: [] == rows(database, UNSETTLED), PATIENCE_S)


def follow(database: Database, now: datetime.datetime = NOW) -> int:
    """Do what the sweep does for the jobs behind nodes, and return how many nodes it were."""
    settle(database)

    def work(session: Session) -> int:
        return following.follow(session, now, 500) + upkeep.orphans(session, now, 500)

    return transact(database, work)


def claim(database: Database, queue: str = "q", kind: str = "test", seconds: float = 0) -> int | None:
    """Take a job of a queue for a minute."""
    ttl = datetime.timedelta(minutes=1)
    return transact(database, lambda s: leases.claim(s, [queue], kind, at(seconds), ttl))


def store(database: Database, job_id: int, *suites: Mapping[str, Any]) -> None:
    """Store tests of a job: ``name``, ``status`` and ``cases``, of which a name is a case that passed."""
    whole = [
        {
            "context": "tap",
            "faults": [],
            "duration_s": None,
            **suite,
            "cases": [{**CASE, **({"name": case} if isinstance(case, str) else case)} for case in suite["cases"]],
        }
        for suite in suites
    ]
    transact(database, lambda s: tests.store(s, job_id, whole, NOW))


CASE = {
    "status": "pass",
    "waived": False,
    "output": "",
    "measurement": None,
    "units": "",
    "duration_s": None,
}

"""Boots of kernels with results, stored and judged in one unit of work each, and what is there afterwards."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text

from paddles.analysis import judging
from paddles.analysis.models import FACETS
from paddles.archive import jobs, tests
from paddles.archive.jobs import Waits
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from tests.conftest import NOW
from tests.units import SCHEME, at, rows

OUTSIDE = Waits(None, "outside")
PLACE = dict(zip(FACETS, ("mainline", "master", "arm64", "rock", "lab-a", "defconfig", "gcc-12", "plan"), strict=True))
STORE = text(f"""
    INSERT INTO kernel_boots (job_id, {", ".join(FACETS)}, kernel, git_commit, result, happened, details)
    VALUES (:job_id, {", ".join(f":{name}" for name in FACETS)}, :kernel, :commit, :boot, :happened, '{{}}')
    ON CONFLICT (job_id) DO UPDATE SET {", ".join(f"{name} = :{name}" for name in FACETS)},
        kernel = :kernel, git_commit = :commit, result = :boot, happened = :happened
""")
ALL = """
    SELECT r.*, paths.suite, paths.name, lineages.board, good.key AS good, bad.key AS bad, latest.key AS last,
        fixed.key AS fixed
    FROM regressions AS r JOIN paths ON paths.id = path_id JOIN lineages ON lineages.id = lineage_id
    LEFT JOIN jobs AS good ON good.id = good_job_id LEFT JOIN jobs AS bad ON bad.id = bad_job_id
    LEFT JOIN jobs AS latest ON latest.id = last_job_id LEFT JOIN jobs AS fixed ON fixed.id = fixed_job_id
    ORDER BY suite, name, bad_at, r.id
"""


@dataclass(frozen=True)
class Boot:
    """What is said of a boot: when it ended, in seconds, with which kernel, and what of ``suite/case`` came of it."""

    key: str
    seconds: float
    results: Mapping[str, str] = field(default_factory=dict)
    boot: str = "unknown"
    kernel: str = ""
    place: Mapping[str, str] = field(default_factory=dict)
    status: str = "pass"


def say(session: Session, boot: Boot, now: datetime.datetime = NOW) -> int:
    """Store a boot and its tests, made anew where it is known, and judge it; return the number of its job."""
    job = jobs.lock(session, "r", boot.key)
    if job is None:
        made = jobs.create(session, "r", boot.key, {"status": boot.status}, now, SCHEME, waits=OUTSIDE)
        job_id = int(made.id)
    else:
        job_id = int(job.id)
        jobs.restate(session, job, {}, boot.status, now)
        tests.clear(session, job_id)
    kernel = boot.kernel or f"v{boot.seconds}"
    said = {"job_id": job_id, "kernel": kernel, "commit": f"c-{kernel}", "boot": boot.boot}
    session.execute(STORE, {**said, "happened": at(boot.seconds), **PLACE, **boot.place})
    tests.store(session, job_id, suites(boot.results), now)
    judging.judge(session, job_id)
    return job_id


def tell(database: Database, *boots: Boot) -> list[int]:
    """Store and judge boots, one after the other."""
    return [transact(database, lambda session, boot=boot: say(session, boot)) for boot in boots]  # type: ignore[misc]


def suites(results: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return results as tests of a job are stored."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, status in results.items():
        suite, _, name = path.partition("/")
        case = {"name": name, "status": status, "waived": False, "output": "", "units": ""}
        found.setdefault(suite, []).append({**case, "measurement": None, "duration_s": None})
    test = {"context": "lava", "status": "unknown", "duration_s": None, "faults": ()}
    return [{**test, "name": name, "cases": cases} for name, cases in found.items()]


def regressions(database: Database) -> list[Row[Any]]:
    """Return all regressions, by path and time, with the keys of their jobs."""
    return rows(database, ALL)


def short(database: Database) -> list[tuple[str | int | None, ...]]:
    """Return of each regression its case, the keys of the good, the bad, the last and the fixed job, and how many."""
    return [(row.name, row.good, row.bad, row.last, row.fixed, row.n_failures) for row in regressions(database)]

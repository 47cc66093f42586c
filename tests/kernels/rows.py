"""Kernels' rows to look for, put into the tables as whoever reads documents would; every default is visible here."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.ingest import load
from paddles.ingest.facts import Case, Suite
from paddles.kernels.models import KernelBoot, KernelBuild, LogLine
from tests.conftest import NOW
from tests.units import rows, submit

REVISION = {
    "tree": "mainline",
    "branch": "master",
    "kernel": "v6.1",
    "git_describe": "v6.1",
    "git_commit": "c" * 40,
    "arch": "arm64",
    "defconfig": "defconfig",
    "defconfig_full": "defconfig",
    "build_environment": "gcc-12",
}
BUILD = {**REVISION, "result": "pass", "errors": 0, "warnings": 0, "duration_s": 60.5, "document": {"host": "builder"}}
BOOT = {**REVISION, "lab": "lab-a", "board": "rpi4", "plan": "baseline", "result": "pass", "details": {}}
RUN = "a run/of kernels"


def make_build(database: Database, number: int = 1, *, now: datetime.datetime | None = None, **said: Any) -> int:
    """Put a build into the archive and return the number of its job; the larger ``number``, the later it was."""
    values = {**BUILD, "created": now or _moment(number), "updated": now or _moment(number), **said}
    return _beside(database, KernelBuild, f"build {number}", values)


def make_boot(
    database: Database,
    number: int = 1,
    *,
    now: datetime.datetime | None = None,
    suites: Mapping[str, str] | None = None,
    **said: Any,
) -> int:
    """Put a boot into the archive and return the number of its job.

    ``suites`` has for each suite the statuses of its cases, which are called by numbers: ``{"ltp": "pass fail"}``.
    """
    values = {**BOOT, "external_id": str(number), "happened": now or _moment(number), **said}
    job_id = _beside(database, KernelBoot, f"boot {number}", values)
    found = [_suite(name, cases.split()) for name, cases in (suites or {}).items()]
    transact(database, lambda session: load.store(session, job_id, found, NOW))
    return job_id


def make_lines(database: Database, job_id: int, lines: Sequence[tuple[str, str]]) -> None:
    """Put lines of a log beside a job, each its level and what it says, a second after the other."""
    said = [
        {"job_id": job_id, "line": at, "level": level, "at": _moment(at), "message": message}
        for at, (level, message) in enumerate(lines, 1)
    ]
    transact(database, lambda session: session.execute(insert(LogLine).values(said)))


def _moment(number: int) -> datetime.datetime:
    return NOW + datetime.timedelta(seconds=number)


def _suite(name: str, statuses: Sequence[str]) -> Suite:
    cases = tuple(Case(f"case-{at}", status) for at, status in enumerate(statuses, 1))
    return Suite(name, cases, statuses[0] if statuses else "unknown")


def _beside(database: Database, kind: Any, key: str, values: Mapping[str, Any]) -> int:
    submit(database, RUN, key, status="pass")
    job_id = int(rows(database, "SELECT id FROM jobs WHERE key = :key", key=key)[0].id)

    def put(session: Session) -> None:
        session.execute(insert(kind).values({"job_id": job_id, **values}))

    transact(database, put)
    return job_id

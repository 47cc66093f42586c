"""Tests that the holder of a job, or somebody for it, reports one by one; one that is open keeps its job open."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import tests
from paddles.archive.texts import named, shortened
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import NotFound

OPEN = ("queued", "running")
# What is said of a test, and of a result in it.
SAID = ("queued", "running", "pass", "fail", "skip")
PLAIN = {"waived": False, "measurement": None, "units": "", "duration_s": None}

_SHOWN = "tests.id, tests.name, tests.nth, tests.context, tests.status, tests.stored"
_SHOWN_NAMES = "id name nth context status stored"
OF_JOB = hot(f"SELECT {_SHOWN} FROM tests WHERE job_id = :job_id ORDER BY id", _SHOWN_NAMES)
CALLED = hot(f"SELECT {_SHOWN} FROM tests WHERE job_id = :job_id AND name = :name ORDER BY nth", _SHOWN_NAMES)
CASES = hot(
    "SELECT name, context, status, output FROM cases WHERE test_id = :test_id ORDER BY id", "name context status output"
)
ADD = hot("""
    INSERT INTO tests (job_id, name, nth, context, status, stored)
    VALUES (:job_id, :name, :nth, :context, :status, :now) RETURNING id
""")
SET = hot("UPDATE tests SET status = :status WHERE id = :id")
JOB = text("""
    SELECT jobs.id FROM projects JOIN builds ON builds.project_id = projects.id JOIN jobs ON jobs.run_id = builds.run_id
    WHERE projects.name = :project AND builds.number = :number AND jobs.key = :key
""")


@dataclass(frozen=True)
class Result:
    """One check in a test."""

    name: str
    status: str
    context: str = ""
    output: str = ""


@dataclass(frozen=True)
class Reported:
    """What is said of a test; a ``status`` of None leaves that of one that is there, and a new one is queued."""

    context: str | None = None
    status: str | None = None
    results: Sequence[Result] = ()


def add(session: Session, job_id: int, name: str, said: Reported, now: datetime.datetime) -> None:
    """Add a test to a job whose row is locked, beside others of its name, unless it is the last of these once more.

    A test of which a result is open is open.
    """
    called = named(name)
    there = session.execute(CALLED, {"job_id": job_id, "name": called}).all()
    cases = [_case(result) for result in said.results]
    status = _status(said.status or "queued", said.results)
    if there and _same(session, there[-1], said.context or "", status, cases):
        return
    nth = there[-1].nth + 1 if there else 1
    values = {"job_id": job_id, "name": called, "nth": nth, "context": said.context or "", "status": status, "now": now}
    test_id = session.scalar(ADD, values)
    tests.add_cases(session, int(test_id or 0), cases, now)


def go_on(session: Session, job_id: int, name: str, said: Reported, now: datetime.datetime) -> None:
    """Add to what is known of a test of a job whose row is locked: of several of a name the first that is open.

    Raises:
        NotFound: there is no test of this name and, where it is said, of this context.
    """
    there = session.execute(CALLED, {"job_id": job_id, "name": named(name)}).all()
    meant = [test for test in there if said.context in (None, test.context)]
    if not meant:
        raise NotFound(f"the run has no test {named(name)}")
    test = next((test for test in meant if test.status in OPEN), meant[0])
    tests.add_cases(session, test.id, [_case(result) for result in said.results], now)
    status = _status(said.status or test.status, said.results)
    if status != test.status:
        session.execute(SET, {"id": test.id, "status": status})


def of_job(session: Session, project: str, number: int, key: str) -> Sequence[Row[Any]]:
    """Return the tests of a job in the order in which they came: name, context, status, stored. Raises NotFound."""
    return session.execute(OF_JOB, {"job_id": _job(session, project, number, key)}).all()


def one(session: Session, project: str, number: int, key: str, name: str) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """Return the first test of a name of a job, and its cases: name, context, status, output. Raises NotFound."""
    job_id = _job(session, project, number, key)
    test = session.execute(CALLED, {"job_id": job_id, "name": named(name)}).first()
    if test is None:
        raise NotFound(f"run {key} has no test {name}")
    return test, session.execute(CASES, {"test_id": test.id}).all()


def _job(session: Session, project: str, number: int, key: str) -> int:
    found = session.scalar(JOB, {"project": project, "number": number, "key": key})
    if found is None:
        raise NotFound(f"build {number} of {project} has no run {key}")
    return int(found)


def _case(result: Result) -> dict[str, Any]:
    # What is known of a result that has not ended is nothing.
    status = "unknown" if result.status in OPEN else result.status
    said = {"name": named(result.name), "status": status, "context": result.context}
    return {**said, "output": shortened(result.output), **PLAIN}


def _status(status: str, results: Sequence[Result]) -> str:
    return "running" if status not in OPEN and any(result.status in OPEN for result in results) else status


def _same(session: Session, test: Row[Any], context: str, status: str, cases: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether a test is what was said of it, so that its reporter says it again for want of an answer."""
    if (test.context, test.status) != (context, status):
        return False
    there = session.execute(CASES, {"test_id": test.id}).all()
    return [tuple(case) for case in there] == [
        (case["name"], case["context"], case["status"], case["output"]) for case in cases
    ]

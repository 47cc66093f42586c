"""The tests of a job and their cases: stored a document at a time, found, counted."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Row, text

from paddles.archive import job_search
from paddles.archive.status import OUTCOMES
from paddles.db import tally
from paddles.db.pages import Page
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.events import log

BATCH = 1000
# What is said of a test and of a case, under the names of columns, and what each is in the database.
TEST = {"name": "text", "context": "text", "status": "text", "duration_s": "double precision"}
CASE = {
    "name": "text",
    "status": "text",
    "waived": "boolean",
    "output": "text",
    "measurement": "double precision",
    "units": "text",
    "duration_s": "double precision",
}
# And what only some say: in which context, at which step, in which line of the log, and when that was said.
REPORTED = {**CASE, "context": "text", "level": "text", "line": "integer", "logged": "timestamptz"}
UNSAID = {"context": "", "level": "", "line": None, "logged": None}


def _columns(kinds: Mapping[str, str]) -> str:
    return ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in kinds.items())


_SHOWN = f"tests.id, {', '.join(f'tests.{name}' for name in (*TEST, 'faults', 'stored'))}, " + ", ".join(
    f"tests.n_{status}" for status in OUTCOMES
)
LOCK_JOB = hot(
    """
    SELECT runs.name AS run, jobs.key FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE jobs.id = :job_id FOR NO KEY UPDATE OF jobs""",
    "run key",
)
FORGET = text("DELETE FROM tests WHERE job_id = :job_id AND name = ANY (:names)")
ADD_TESTS = text(f"""
    INSERT INTO tests (job_id, stored, {", ".join(TEST)})
    SELECT :job_id, :now, {", ".join(TEST)}
    FROM unnest({_columns(TEST)}) WITH ORDINALITY AS new ({", ".join(TEST)}, place) ORDER BY place
    RETURNING id, name
""")
CLEAR = hot("DELETE FROM tests WHERE job_id = :job_id")
FAULTS = text("UPDATE tests SET faults = :faults WHERE id = :id")
# Cases keep the order in which they stand in the document by that of their ids.
ADD_CASES = text(
    tally.many(
        f"""
    INSERT INTO cases (test_id, {", ".join(REPORTED)})
    SELECT test_id, {", ".join(REPORTED)}
    FROM unnest(CAST(:test_id AS bigint[]), {_columns(REPORTED)})
        WITH ORDINALITY AS new (test_id, {", ".join(REPORTED)}, place) ORDER BY place
    RETURNING test_id AS parent_id, CAST(:now AS timestamptz) AS at, CAST(NULL AS text) AS before, status AS after""",
        parent="tests",
        statuses=OUTCOMES,
    )
)
OF_JOB = hot(f"""
    SELECT {_SHOWN} FROM runs JOIN jobs ON jobs.run_id = runs.id JOIN tests ON tests.job_id = jobs.id
    WHERE runs.name = :run AND jobs.key = :key ORDER BY tests.id LIMIT :limit OFFSET :offset
""")
ONE = hot(f"""
    SELECT {_SHOWN} FROM runs JOIN jobs ON jobs.run_id = runs.id JOIN tests ON tests.job_id = jobs.id
    WHERE runs.name = :run AND jobs.key = :key AND tests.name = :name ORDER BY tests.nth LIMIT 1
""")
OF_ID = text(f"SELECT {_SHOWN} FROM tests WHERE job_id = :job_id ORDER BY id LIMIT :limit")
CASES_OF = text(f"""
    SELECT test_id, {", ".join(CASE)} FROM cases WHERE test_id = ANY (:ids) ORDER BY test_id, id LIMIT :limit
""")
CASES = hot(f"""
    SELECT {", ".join(CASE)} FROM cases
    WHERE test_id = :test_id AND (CAST(:status AS text) IS NULL OR status = :status)
    ORDER BY id LIMIT :limit OFFSET :offset
""")
# What people look for first: what failed, then what was measured.
NOTABLE = text(f"""
    SELECT tests.name AS test, {", ".join(f"cases.{name}" for name in CASE)}
    FROM tests JOIN cases ON cases.test_id = tests.id
    WHERE tests.job_id = :job_id AND (cases.status IN ('fail', 'error') OR cases.measurement IS NOT NULL)
    ORDER BY cases.status IN ('fail', 'error') AND NOT cases.waived DESC, cases.id LIMIT :limit
""")


def store(session: Session, job_id: int, suites: Sequence[Mapping[str, Any]], now: datetime.datetime) -> None:
    """Store the tests of a job with their cases, in this order; those of the same names that it had are replaced.

    A suite has the columns of ``TEST``, ``faults``, a list of text, and ``cases``, each with the columns of ``CASE``
    and those of ``REPORTED`` that are known; what else they have is not looked at. No two suites have one name.
    Whoever stores for a job waits for the one before; a test's counters move in the statement that inserts its cases.
    All of it is one event.

    Raises:
        NotFound: there is no such job.
    """
    job = session.execute(LOCK_JOB, {"job_id": job_id}).first()
    if job is None:
        raise NotFound(f"there is no job {job_id}")
    session.execute(FORGET, {"job_id": job_id, "names": [suite["name"] for suite in suites]})
    ids: dict[str, int] = {}
    for some in _batches(iter(suites)):
        rows = session.execute(ADD_TESTS, {"job_id": job_id, "now": now, **_arrays(some, TEST)})
        ids |= {row.name: row.id for row in rows}
    for suite in suites:
        if suite["faults"]:
            session.execute(FAULTS, {"id": ids[suite["name"]], "faults": list(suite["faults"])})
    cases = ({**case, "test_id": ids[suite["name"]]} for suite in suites for case in suite["cases"])
    _add_cases(session, cases, now)
    if suites:
        said = {"run": job.run, "job": job.key, "tests": len(suites)}
        log.append(session, "test", "test.stored", f"runs/{job.run}/jobs/{job.key}", said)


def forget(session: Session, job_id: int, names: Sequence[str]) -> None:
    """Delete those tests of a job that are called so, with their cases."""
    session.execute(FORGET, {"job_id": job_id, "names": list(names)})


def add_cases(session: Session, test_id: int, cases: Sequence[Mapping[str, Any]], now: datetime.datetime) -> None:
    """Add cases, with columns as in :func:`store`, to a test, whose job is locked, behind those that it has."""
    _add_cases(session, ({**case, "test_id": test_id} for case in cases), now)


def clear(session: Session, job_id: int) -> None:
    """Forget all tests of a job, whose row the caller has locked."""
    session.execute(CLEAR, {"job_id": job_id})


def of_job(session: Session, run: str, key: str, page: Page) -> Sequence[Row[Any]]:
    """Return the tests of a job in the order in which they were stored: columns of ``TEST``, faults, counters.

    Raises:
        NotFound: there is no such job in no such run.
    """
    found = session.execute(OF_JOB, {"run": run, "key": key, "limit": page.limit, "offset": page.offset}).all()
    if not found:
        job_search.one(session, run, key, "bare")
    return found


def of_id(session: Session, job_id: int, limit: int) -> Sequence[Row[Any]]:
    """Return the tests of the job of this number, at most ``limit``, as :func:`of_job` does."""
    return session.execute(OF_ID, {"job_id": job_id, "limit": limit}).all()


def cases_of(session: Session, test_ids: Sequence[int], limit: int) -> Sequence[Row[Any]]:
    """Return the cases of some tests, at most ``limit``: ``test_id`` and the columns of ``CASE``, in their order."""
    return session.execute(CASES_OF, {"ids": list(test_ids), "limit": limit}).all()


def notable(session: Session, job_id: int, limit: int) -> Sequence[Row[Any]]:
    """Return the cases of a job that failed, then those that measured: ``test`` and the columns of ``CASE``."""
    return session.execute(NOTABLE, {"job_id": job_id, "limit": limit}).all()


def one(session: Session, run: str, key: str, name: str) -> Row[Any]:
    """Return one test of a job, a row as of :func:`of_job`. Raises NotFound."""
    row = session.execute(ONE, {"run": run, "key": key, "name": name}).first()
    if row is None:
        raise NotFound(f"no test {name} in job {key} of run {run}")
    return row


def cases(session: Session, test_id: int, status: str | None, page: Page) -> Sequence[Row[Any]]:
    """Return the cases of a test, or those of a status, in the order of the document: columns of ``CASE``."""
    values = {"test_id": test_id, "status": status, "limit": page.limit, "offset": page.offset}
    return session.execute(CASES, values).all()


def _add_cases(session: Session, cases: Iterator[Mapping[str, Any]], now: datetime.datetime) -> None:
    for some in _batches({**UNSAID, **case} for case in cases):
        session.execute(ADD_CASES, {"now": now, **_arrays(some, ("test_id", *REPORTED))})


def _batches(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    while some := list(islice(rows, BATCH)):
        yield some


def _arrays(rows: Sequence[Mapping[str, Any]], names: Sequence[str] | Mapping[str, str]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in names}

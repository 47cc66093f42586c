"""Builds found and listed, with their jobs and their history: a fixed number of statements, however much there is."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from paddles.db.pages import Page
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.projects.states import OF_JOB

BUILDS = hot(
    """
    SELECT page.run_id, page.number, page.status, page.trigger_name, page.promoted_as,
        (SELECT count(*) FROM builds WHERE project_id = projects.id) AS total
    FROM projects LEFT JOIN LATERAL (
        SELECT run_id, number, status, trigger_name, promoted_as FROM builds WHERE project_id = projects.id
        ORDER BY number DESC LIMIT :limit OFFSET :offset) AS page ON true
    WHERE projects.name = :project ORDER BY page.number DESC""",
    "run_id number status trigger_name promoted_as total",
)
_SHOWN = """builds.run_id, builds.number, builds.status, builds.trigger_name, builds.promoted_as, builds.reason,
    builds.annotation"""
_NAMES = "run_id number status trigger_name promoted_as reason annotation"
PROMOTED = text(f"""
    SELECT page.*,
        (SELECT count(*) FROM builds WHERE project_id = projects.id AND status = 'promoted') AS total
    FROM projects LEFT JOIN LATERAL (
        SELECT {_SHOWN} FROM builds WHERE project_id = projects.id AND status = 'promoted'
        ORDER BY number DESC LIMIT :limit OFFSET :offset) AS page ON true
    WHERE projects.name = :project ORDER BY page.number DESC
""")
ONE = hot(
    f"""
    SELECT {_SHOWN} FROM projects JOIN builds ON builds.project_id = projects.id
    WHERE projects.name = :project AND builds.number = :number""",
    _NAMES,
)
NAMED = text(f"""
    SELECT {_SHOWN} FROM projects JOIN builds ON builds.project_id = projects.id
    WHERE projects.name = :project AND builds.promoted_as = :name
""")
NEWEST = text(f"""
    SELECT {_SHOWN} FROM projects JOIN builds ON builds.project_id = projects.id
    WHERE projects.name = :project AND (CAST(:status AS text) IS NULL OR builds.status = :status)
        AND (CAST(:trigger_name AS text) IS NULL OR builds.trigger_name = :trigger_name)
    ORDER BY builds.number DESC LIMIT 1
""")
DEFINITION = text("""
    SELECT builds.definition FROM projects JOIN builds ON builds.project_id = projects.id
    WHERE projects.name = :project AND builds.number = :number
""")
_JOB = f"""jobs.id, jobs.run_id, jobs.key, {OF_JOB} AS state, build_jobs.host_tag, build_jobs.log_size,
    EXISTS (SELECT FROM tests WHERE tests.job_id = jobs.id) AS tested"""
_JOB_NAMES = "id run_id key state host_tag log_size tested"
JOBS = hot(
    f"""
    SELECT {_JOB} FROM jobs JOIN build_jobs ON build_jobs.job_id = jobs.id
    WHERE jobs.run_id = ANY (CAST(:run_ids AS bigint[])) ORDER BY jobs.id""",
    _JOB_NAMES,
)
JOB = hot(
    f"""
    SELECT {_JOB}, builds.number FROM projects JOIN builds ON builds.project_id = projects.id
    JOIN jobs ON jobs.run_id = builds.run_id JOIN build_jobs ON build_jobs.job_id = jobs.id
    WHERE projects.name = :project AND builds.number = :number AND jobs.key = :key""",
    f"{_JOB_NAMES} number",
)
_CALLED = """FROM builds JOIN jobs ON jobs.run_id = builds.run_id AND jobs.key = :key
    JOIN build_jobs ON build_jobs.job_id = jobs.id WHERE builds.project_id = projects.id"""
HISTORY = text(f"""
    SELECT page.*, (SELECT count(*) {_CALLED}) AS total
    FROM projects LEFT JOIN LATERAL (
        SELECT {_JOB}, builds.number {_CALLED} ORDER BY builds.number DESC LIMIT :limit OFFSET :offset) AS page ON true
    WHERE projects.name = :project ORDER BY page.number DESC
""")
SPANS = hot(
    """
    SELECT run_id, job_id, min(at) AS first, max(at) AS last FROM build_changes
    WHERE run_id = ANY (CAST(:run_ids AS bigint[])) GROUP BY run_id, job_id""",
    "run_id job_id first last",
)
CHANGES = hot(
    """
    SELECT run_id, job_id, at, status, machine FROM build_changes
    WHERE run_id = ANY (CAST(:run_ids AS bigint[])) ORDER BY id""",
    "run_id job_id at status machine",
)
CHANGES_OF_JOBS = hot(
    """
    SELECT run_id, job_id, at, status, machine FROM build_changes
    WHERE job_id = ANY (CAST(:job_ids AS bigint[])) ORDER BY id""",
    "run_id job_id at status machine",
)


TESTS = text("""
    SELECT id, job_id, name, status, context, stored FROM tests
    WHERE job_id = ANY (CAST(:job_ids AS bigint[])) ORDER BY id LIMIT :most
""")
CASES = text("""
    SELECT test_id, name, status, output FROM cases
    WHERE test_id = ANY (CAST(:test_ids AS bigint[])) ORDER BY id LIMIT :most
""")


class Span(NamedTuple):
    """When a build or a job took its first and its last status."""

    first: Any
    last: Any


class Told(NamedTuple):
    """Builds with their jobs by the run's id, in the order in which they were made, and when each began and ended.

    ``spans`` are by the id of the run, and by those of the run and of a job.
    """

    builds: Sequence[Row[Any]]
    jobs: dict[int, list[Row[Any]]]
    spans: dict[int | tuple[int, int], Span]
    total: int


class History(NamedTuple):
    """Builds as of :class:`Told`, and every change of them and of their jobs, by the same keys."""

    builds: Sequence[Row[Any]]
    jobs: dict[int, list[Row[Any]]]
    changes: dict[int | tuple[int, int], list[Row[Any]]]
    total: int


class Tested(NamedTuple):
    """A test of a job, and its cases."""

    test: Row[Any]
    cases: list[Row[Any]]


def builds(session: Session, project: str, part: Page) -> Told:
    """Return builds of a project, the newest first. Raises NotFound."""
    rows = session.execute(BUILDS, {"project": project, "limit": part.limit, "offset": part.offset}).all()
    found, total = _page(rows, project)
    run_ids = [row.run_id for row in found]
    spans: dict[int | tuple[int, int], Span] = {
        _place(row): Span(row.first, row.last) for row in session.execute(SPANS, {"run_ids": run_ids})
    }
    return Told(found, _jobs(session, run_ids), spans, total)


def promoted(session: Session, project: str, part: Page) -> History:
    """Return the promoted builds of a project, the newest first, with their history. Raises NotFound."""
    rows = session.execute(PROMOTED, {"project": project, "limit": part.limit, "offset": part.offset}).all()
    found, total = _page(rows, project)
    return _history(session, found, total)


def one(session: Session, project: str, number: int) -> History:
    """Return a build with its history. Raises NotFound."""
    row = session.execute(ONE, {"project": project, "number": number}).first()
    return _history(session, [_there(row, f"there is no build {number} of a project {project}")], 1)


def promoted_as(session: Session, project: str, name: str) -> History:
    """Return the build that was promoted by a name, with its history. Raises NotFound."""
    row = session.execute(NAMED, {"project": project, "name": name}).first()
    return _history(session, [_there(row, f"no build of a project {project} was promoted as {name}")], 1)


def newest(session: Session, project: str, status: str | None, trigger_name: str | None) -> History:
    """Return the newest build, of a status and of a trigger where these are given. Raises NotFound."""
    values = {"project": project, "status": status, "trigger_name": trigger_name}
    row = session.execute(NEWEST, values).first()
    return _history(session, [_there(row, f"there is no such build of a project {project}")], 1)


def definition(session: Session, project: str, number: int) -> bytes:
    """Return the definition of a build, as JSON. Raises NotFound."""
    row = session.execute(DEFINITION, {"project": project, "number": number}).first()
    found: bytes = _there(row, f"there is no build {number} of a project {project}").definition
    return found


def job(session: Session, project: str, number: int, key: str) -> tuple[Row[Any], list[Row[Any]]]:
    """Return a job of a build, and its changes in order. Raises NotFound."""
    row = session.execute(JOB, {"project": project, "number": number, "key": key}).first()
    found = _there(row, f"build {number} of {project} has no run {key}")
    return found, list(session.execute(CHANGES_OF_JOBS, {"job_ids": [found.id]}).all())


def tests(session: Session, job_ids: Sequence[int], most: int | None) -> list[Tested]:
    """Return the tests of several jobs, each with its cases, in the order in which they were stored.

    Of tests, and of cases of all of them, no more than ``most``; None: all.
    """
    found = session.execute(TESTS, {"job_ids": list(job_ids), "most": most}).all()
    cases: dict[int, list[Row[Any]]] = {test.id: [] for test in found}
    for case in session.execute(CASES, {"test_ids": list(cases), "most": most}):
        cases[case.test_id].append(case)
    return [Tested(test, cases[test.id]) for test in found]


def history(
    session: Session, project: str, key: str, part: Page
) -> tuple[Sequence[Row[Any]], dict[int, list[Row[Any]]], int]:
    """Return the jobs of one key in the builds of a project, the newest first, the changes of each, how many there are.

    Raises:
        NotFound: there is no such project.
    """
    values = {"project": project, "key": key, "limit": part.limit, "offset": part.offset}
    rows = session.execute(HISTORY, values).all()
    found, total = _page(rows, project)
    changes: dict[int, list[Row[Any]]] = {row.id: [] for row in found}
    for change in session.execute(CHANGES_OF_JOBS, {"job_ids": list(changes)}):
        changes[change.job_id].append(change)
    return found, changes, total


def _page(rows: Sequence[Row[Any]], project: str) -> tuple[list[Row[Any]], int]:
    """Return the rows of a page, of which there is one without a number where the page is empty, and the total."""
    if not rows:
        raise NotFound(f"there is no project {project}")
    return [row for row in rows if row.number is not None], rows[0].total


def _history(session: Session, rows: Sequence[Row[Any]], total: int) -> History:
    run_ids = [row.run_id for row in rows]
    changes: dict[int | tuple[int, int], list[Row[Any]]] = {}
    for change in session.execute(CHANGES, {"run_ids": run_ids}):
        changes.setdefault(_place(change), []).append(change)
    return History(rows, _jobs(session, run_ids), changes, total)


def _jobs(session: Session, run_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    jobs: dict[int, list[Row[Any]]] = {run_id: [] for run_id in run_ids}
    for row in session.execute(JOBS, {"run_ids": list(run_ids)}):
        jobs[row.run_id].append(row)
    return jobs


def _place(row: Row[Any]) -> int | tuple[int, int]:
    return row.run_id if row.job_id is None else (row.run_id, row.job_id)


def _there(row: Row[Any] | None, refusal: str) -> Row[Any]:
    if row is None:
        raise NotFound(refusal)
    return row

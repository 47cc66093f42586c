"""What is said of a job, taken together: job, run, queue, lease and machines change at once or not at all."""

from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.errors import Conflict, Invalid, NotFound
from tests.units import accept, at, delete, events_of, inexact, job_of, register, rows, run_of, submit

TABLES = ("runs", "jobs", "queues", "machines", "job_machines", "leases", "events", "descriptions")


def sizes(database: Database) -> dict[str, int]:
    """Return how many rows each table has."""
    return {table: rows(database, f"SELECT count(*) AS n FROM {table}")[0].n for table in TABLES}


def test_a_job_brings_all_that_it_names(database: Database) -> None:
    """One report makes a run, a job, its queue and its machines; each is one event, and so is that the run waits."""
    submit(database, status="queued", queue="q", targets={"u@m1": "k", "u@m2": "k"}, description="d")

    made = {"runs": 1, "jobs": 1, "queues": 1, "machines": 2, "job_machines": 2, "events": 6, "descriptions": 1}
    assert {**dict.fromkeys(TABLES, 0), **made} == sizes(database)


@pytest.mark.parametrize(
    "said",
    [
        {"status": "odd", "queue": "q", "description": "d"},
        {"queue": "q", "description": "d", "targets": {"u@job_stats": "k"}},
        {"queue": "q", "description": "d", "targets": {"u@": "k"}},
        {"queue": "q", "overrides": {"a": "\ud800"}},
        {"queue": "q", "seed": 2**64},
    ],
)
def test_a_report_that_cannot_be_taken_leaves_nothing(database: Database, said: dict[str, Any]) -> None:
    """A first report that is refused makes no run, no queue, no machine."""
    with pytest.raises(Invalid):
        submit(database, **said)

    assert dict.fromkeys(TABLES, 0) == sizes(database)


def test_a_later_report_that_cannot_be_taken_changes_nothing(database: Database) -> None:
    """A report of which one part is refused is refused whole."""
    submit(database, status="queued", queue="q")
    before, size = job_of(database), sizes(database)

    for said in ({"status": "odd", "queue": "p"}, {"status": "running", "suite": "s", "targets": {"u@..": "k"}}):
        with pytest.raises(Invalid):
            accept(database, now=at(1), **said)

    assert before == job_of(database)
    assert "" == run_of(database).suite
    assert size == sizes(database)


def test_a_job_that_is_there_already_makes_nothing_more(database: Database) -> None:
    """The refused second job leaves no queue and no machine of its own behind."""
    submit(database)
    size = sizes(database)

    with pytest.raises(Conflict, match=r"already exists$"):
        submit(database, queue="q", targets={"u@m": "k"})

    assert size == sizes(database)


def test_a_report_of_nothing_known_makes_nothing(database: Database) -> None:
    """No job, no run, no queue, no machine come of a report of a job that nobody created."""
    with pytest.raises(NotFound, match=r"^attempted to update a non-existent job$"):
        accept(database, queue="q", targets={"u@m": "k"}, status="running")

    assert dict.fromkeys(TABLES, 0) == sizes(database)


def test_the_life_of_a_job(database: Database) -> None:
    """As the runner tells it: queued, run, waited, ran, reported every two minutes, passed, then said to be dead."""
    job: dict[str, Any] = {"name": "r", "description": "d", "machine_type": "smithi", "queue": "smithi", "priority": 50}
    submit(database, status="queued", **job)
    register(database, "smithi001", machine_type="smithi", up=True)
    told = [
        {"status": "running"},
        {"status": "waiting"},
        {"status": "running", "targets": {"ubuntu@smithi001": "ssh-rsa"}},
        {"pid": "4711"},
        {"status": "waiting"},
        {"status": "running", "pid": "4712"},
        {},
        {},
        {"status": "pass", "success": True, "duration": 1200},
        {"status": "dead", "success": False},
    ]
    for minute, said in enumerate(told, 1):
        accept(database, now=at(60 * minute), **{**job, **said})

    ended, run = job_of(database), run_of(database)
    assert ("pass", at(60), at(540), at(600)) == (ended.status, ended.started, ended.finished, ended.updated)
    assert ("finished pass", at(540), "smithi") == (run.status, run.finished, run.machine_type)
    seen = [event.type.removeprefix("job.") for event in events_of(database, "job")]
    assert ["queued", "running", "waiting", "running", "waiting", "running", "pass"] == seen
    assert 1 == sizes(database)["job_machines"]
    assert [] == inexact(database)


def test_a_machine_forgotten_in_the_middle_comes_back_with_other_targets(database: Database) -> None:
    """Targets that name it beside another link it anew."""
    submit(database, targets={"u@m1": "k"})
    delete(database, "r", "1")
    submit(database, targets={"u@m1": "k", "u@m2": "k"})

    assert [("m1",), ("m2",)] == rows(
        database, "SELECT name FROM machines JOIN job_machines ON machine_id = id ORDER BY name"
    )

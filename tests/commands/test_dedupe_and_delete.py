"""``pecan dedupe`` and ``pecan delete``: what is there twice, and what is to go."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from paddles.db.engine import Database
from tests.client import Client
from tests.commands.conftest import Pecan
from tests.factories import make_job, make_node, make_run


@contextmanager
def without_key(database: Database) -> Iterator[None]:
    """Take the unique key of jobs away for a while; the jobs go with it."""
    with database.writer.begin() as session:
        session.execute(text("ALTER TABLE jobs DROP CONSTRAINT uq_jobs_run_id_key"))
    try:
        yield
    finally:
        with database.writer.begin() as session:
            session.execute(text("DELETE FROM jobs"))
            session.execute(text("ALTER TABLE jobs ADD CONSTRAINT uq_jobs_run_id_key UNIQUE (run_id, key)"))


def test_nothing_is_to_merge(client: Client, pecan: Pecan) -> None:
    """It says what it looked at, and that all is well."""
    make_job(client, "a-1", job_id=1)
    make_job(client, "a-1", job_id=2)
    make_job(client, "b-1", job_id=1)

    assert pecan("dedupe", "%") == "2 runs and 3 jobs looked at\nNone is there twice; there is nothing to merge\n"


def test_a_pattern_narrows_it(client: Client, pecan: Pecan) -> None:
    """As LIKE takes it."""
    make_job(client, "a-1")
    make_job(client, "b-1")

    assert pecan("dedupe", "a%").startswith("1 runs and 1 jobs looked at")
    assert pecan("dedupe", "A\\%").startswith("0 runs and 0 jobs looked at")


def test_doubles_are_found_and_1(client: Client, database: Database, pecan: Pecan) -> None:
    """Where the unique key is gone, the command says so and fails."""
    make_job(client, "a-1")
    columns = "run_id, key, status, posted, updated, document, answer"
    with without_key(database):
        with database.writer.begin() as session:
            session.execute(text(f"INSERT INTO jobs ({columns}) SELECT {columns} FROM jobs"))

        assert "0 runs and 1 jobs are there twice" in pecan("dedupe", "%", code=1)


def test_delete_takes_a_run_and_its_jobs(client: Client, pecan: Pecan) -> None:
    """The run is gone, its machines and other runs stay."""
    make_node(client, "smithi001")
    make_job(client, "a-1", targets={"ubuntu@smithi001": "key"})
    make_run(client, "b-1")

    assert pecan("delete", "a-1") == "Deleted a-1\n"

    assert [run["name"] for run in client.get("/runs/").json] == ["b-1"]
    assert client.get("/nodes/smithi001/jobs/").json == []


def test_delete_of_a_missing_run_is_one_line_and_1(pecan: Pecan) -> None:
    """No traceback."""
    assert pecan("delete", "nothing", code=1) == "paddles: no run is called nothing\n"

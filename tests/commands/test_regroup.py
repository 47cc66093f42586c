"""``pecan regroup``: kinds of failures found again."""

from paddles.db.engine import Database
from tests.client import Client
from tests.commands.conftest import Pecan
from tests.factories import make_job


def test_jobs_that_were_there_before_are_grouped(client: Client, database: Database, pecan: Pecan) -> None:
    """Each that gave a reason; again, nothing is left to do."""
    for key, reason in (("1", "boom on m1"), ("2", "boom on m2"), ("3", None)):
        make_job(client, "r", job_id=key, status="fail", failure_reason=reason)
    with database.writer.begin() as session:
        session.exec_driver_sql("UPDATE jobs SET failure_id = NULL")

    printed = [pecan("regroup") for _ in range(2)]

    assert ["3 jobs read, 2 changed\n", "3 jobs read, 0 changed\n"] == printed
    assert [("boom on HOST", 2)] == [(each["text"], each["jobs_count"]) for each in client.get("/failures/").json]

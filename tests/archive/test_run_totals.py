"""What all runs that match come to."""

import pytest

from paddles.archive import run_totals
from paddles.archive.sources import RUNS
from paddles.archive.status import STATUSES
from paddles.db.engine import Database
from paddles.db.work import read
from paddles.errors import Invalid
from paddles.listing import filters
from paddles.listing.search import Asked
from tests.client import Client
from tests.factories import make_job, make_run

OLD = "ann-2026-01-01_10:00:00-rados-main-distro-default-smithi"
NEW = "bob-2026-01-02_10:00:00-rbd-main-distro-default-smithi"


@pytest.fixture
def archive(client: Client, database: Database) -> Database:
    """A run that failed in part, one that passed, and one without jobs."""
    for key, status in enumerate(("pass", "fail", "fail", "dead")):
        make_job(client, OLD, job_id=key, status=status, sha1="abc" * 10)
    make_job(client, NEW, status="pass")
    make_run(client, "empty")
    return database


@pytest.mark.parametrize(
    ("query", "runs", "jobs"),
    [
        ([], {"empty": 1, "finished fail": 1, "finished pass": 1}, {"pass": 2, "fail": 2, "dead": 1}),
        ([("suite", "rados")], {"finished fail": 1}, {"pass": 1, "fail": 2, "dead": 1}),
        ([("-status", "fail"), ("branch", "main")], {"finished pass": 1}, {"pass": 1}),
        ([("sha1", "abcab")], {"finished fail": 1}, {"pass": 1, "fail": 2, "dead": 1}),
        ([("suite", "none")], {}, {}),
    ],
)
def test_totals_are_of_all_runs_that_match(
    archive: Database, query: list[tuple[str, str]], runs: dict[str, int], jobs: dict[str, int]
) -> None:
    """Runs and jobs are counted, together and by status; a status that no job has is 0."""
    wanted, _ = filters.asked(query, RUNS)

    found = read(archive, lambda session: run_totals.totals(session, Asked(wanted)))

    assert {
        "runs": sum(runs.values()),
        "runs_by_status": runs,
        "jobs": sum(jobs.values()),
        "jobs_by_status": {**dict.fromkeys(STATUSES, 0), **jobs},
    } == found


def test_totals_of_what_cannot_be_asked_are_refused(archive: Database) -> None:
    """As the list itself is."""
    wanted, _ = filters.asked([("jobs>", "many")], RUNS)

    with pytest.raises(Invalid, match="jobs must be a number"):
        read(archive, lambda session: run_totals.totals(session, Asked(wanted)))

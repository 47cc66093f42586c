"""``pecan expire_jobs``: jobs of which nothing was heard for long are dead."""

import datetime
from pathlib import Path

from sqlalchemy import text

from paddles.db.engine import Database
from tests.client import Client
from tests.commands.conftest import Pecan
from tests.factories import job_of, make_job, run_of


def silence(database: Database, **ago: float) -> None:
    """Let the last word of every job be so long ago."""
    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(**ago)
    with database.writer.begin() as session:
        session.execute(text("UPDATE jobs SET updated = :since"), {"since": since})


def make_each(client: Client) -> None:
    """Make a job in every open status, and one that passed."""
    for number, status in enumerate(("running", "waiting", "unknown", "queued", "pass"), start=1):
        make_job(client, "r", job_id=number, status=status)


def test_what_is_under_way_dies_after_half_an_hour(client: Client, database: Database, pecan: Pecan) -> None:
    """Running, waiting and unknown jobs; the run follows."""
    make_each(client)
    silence(database, minutes=31)

    assert pecan("expire_jobs") == "Expiring 3 running jobs\nExpiring 0 queued jobs\n"

    results = run_of(client, "r")["results"]
    assert (results["dead"], results["queued"], results["pass"]) == (3, 1, 1)


def test_what_is_queued_dies_after_a_fortnight(client: Client, database: Database, pecan: Pecan) -> None:
    """Jobs may wait for long."""
    make_job(client, "r", status="queued")
    silence(database, days=13.9)
    assert pecan("expire_jobs").endswith("Expiring 0 queued jobs\n")
    silence(database, days=14.1)
    assert pecan("expire_jobs").endswith("Expiring 1 queued jobs\n")

    assert job_of(client, "r")["status"] == "dead"


def test_news_keep_a_job(client: Client, database: Database, pecan: Pecan) -> None:
    """A job that reported lives."""
    make_job(client, "r", status="running")
    silence(database, minutes=29)

    assert pecan("expire_jobs").startswith("Expiring 0 running jobs\n")


def test_the_times_can_be_given(client: Client, database: Database, pecan: Pecan) -> None:
    """Minutes for what is under way, days for what is queued."""
    make_each(client)
    silence(database, days=2)

    assert pecan("expire_jobs", "-r", "5000", "--queued", "3").split("\n")[:2] == [
        "Expiring 0 running jobs",
        "Expiring 0 queued jobs",
    ]
    assert pecan("expire_jobs", "--running", "60", "-q", "1") == "Expiring 3 running jobs\nExpiring 1 queued jobs\n"


def test_zero_ends_none(client: Client, database: Database, pecan: Pecan) -> None:
    """As in the configuration."""
    make_each(client)
    silence(database, days=100)

    assert pecan("expire_jobs", "-r", "0", "-q", "0") == "Expiring 0 running jobs\nExpiring 0 queued jobs\n"


def test_the_configuration_has_the_defaults(
    client: Client, database: Database, pecan: Pecan, config_file: Path
) -> None:
    """Whoever lets the sweep wait longer is not overruled by a command without options."""
    config_file.write_text(config_file.read_text() + "expire_running_minutes = 600\n")
    make_job(client, "r", status="running")
    silence(database, minutes=300)

    assert pecan("expire_jobs").startswith("Expiring 0 running jobs\n")


def test_more_than_a_batch_dies(client: Client, database: Database, pecan: Pecan) -> None:
    """However many there are."""
    make_job(client, "r", status="running")
    with database.writer.begin() as session:
        session.execute(
            text("""INSERT INTO jobs (run_id, key, status, posted, updated, document, answer)
            SELECT run_id, 'k' || n, status, posted, updated, document, answer
            FROM jobs, generate_series(1, 1001) AS n""")
        )
        session.execute(text("UPDATE runs SET n_running = 1002"))
    silence(database, minutes=31)

    assert pecan("expire_jobs").startswith("Expiring 1002 running jobs\n")
    assert run_of(client, "r")["status"] == "finished dead"

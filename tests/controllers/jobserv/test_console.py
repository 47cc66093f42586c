"""The log of a run as it is shown: from the beginning, from a byte on, in parts, and with why the run ended."""

from urllib.parse import urlsplit

import pytest

from paddles.db.engine import Database
from tests.client import Client
from tests.projects.held import Held, hand_over, held, queued, write

FIRST = b"# Run sent to worker: w1\n"
WAITING = b"# Waiting for worker with tag: amd64\n"


@pytest.fixture
def job(database: Database) -> Held:
    """A job that a machine was given."""
    return held(database)


def local(url: str) -> str:
    """Return the path and query of an address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_the_log_is_there_from_the_beginning(client: Client, database: Database) -> None:
    """What it waits for, where it was sent, what it says."""
    waiting = queued(database)
    answer = client.get(f"{waiting.path}console.log", status=200)
    assert (WAITING, "QUEUED", "text/plain") == (answer.body, answer.headers["X-RUN-STATUS"], answer.content_type)
    write(database, "UPDATE jobs SET status = 'waiting' WHERE id = :id", id=waiting.job_id)
    assert WAITING == client.get(f"{waiting.path}console.log", status=200).body
    write(database, "UPDATE jobs SET status = 'queued' WHERE id = :id", id=waiting.job_id)
    job = hand_over(database, waiting)
    answer = client.get(f"{job.path}console.log")
    assert (FIRST, "RUNNING") == (answer.body, answer.headers["X-RUN-STATUS"])
    client.post(job.path, b"said", headers=job.headers)

    assert FIRST + b"said" == client.get(f"{job.path}console.log").body
    head = client.head(f"{job.path}console.log", status=200)
    assert (b"", str(len(FIRST) + 4)) == (head.body, head.headers["Content-Length"])
    client.get(f"{job.path}other.log", status=404)


@pytest.mark.parametrize("offset", [0, 1, len(FIRST), len(FIRST) + 3, len(FIRST) + 4, 10_000, 10**17])
def test_the_log_is_given_from_a_byte_on(client: Client, job: Held, offset: int) -> None:
    """200, also where there is nothing yet; a part is one of the rest."""
    client.post(job.path, b"said", headers=job.headers)
    whole = FIRST + b"said"

    assert whole[offset:] == client.get(f"{job.path}console.log", headers={"X-OFFSET": str(offset)}, status=200).body
    headers = {"X-OFFSET": str(offset), "Range": "bytes=-2"}
    assert whole[offset:][-2:] == client.get(f"{job.path}console.log", headers=headers).body


def test_a_growing_log_is_given_in_parts(client: Client, database: Database, job: Held) -> None:
    """The end of it, as people's browsers ask for with every look."""
    client.post(job.path, b"x" * 10_000 + b"end", headers=job.headers)

    answer = client.get(f"{job.path}console.log", headers={"Range": "bytes=-2048"}, status=206)
    assert b"x" * 2045 + b"end" == answer.body
    assert "RUNNING" == answer.headers["X-RUN-STATUS"]
    short = held(database, "short")
    assert FIRST == client.get(f"{short.path}console.log", headers={"Range": "bytes=-2048"}, status=206).body


@pytest.mark.parametrize("offset", ["x", "-1", "1.5", "", "1" * 19])
def test_an_offset_is_a_number(client: Client, job: Held, offset: str) -> None:
    """400 otherwise."""
    client.get(f"{job.path}console.log", headers={"X-OFFSET": offset}, status=400)


def test_why_the_service_ended_a_run_stands_in_its_log(client: Client, database: Database, job: Held) -> None:
    """At its end; also where nobody ever had the run."""
    client.post(job.path, b"said", headers=job.headers)
    other = queued(database, "other")
    for each, reason in ((job, "lost"), (other, "no worker may have the tag s390")):
        write(database, "UPDATE leases SET ended = now(), outcome = 'lost' WHERE job_id = :id", id=each.job_id)
        statement = "UPDATE jobs SET status = 'fail', finished = now(), reason = :reason WHERE id = :id"
        write(database, statement, id=each.job_id, reason=reason)

    texts = [client.get(local(client.get(f"{each.path}console.log").location)).body for each in (job, other)]
    assert FIRST + b"said\n== The run was lost: its worker was not heard of any more.\n" == texts[0]
    assert b"== no worker may have the tag s390\n" == texts[1]

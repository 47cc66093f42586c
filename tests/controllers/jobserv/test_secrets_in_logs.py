"""Secrets in logs: nobody sees them, and no byte is missing for it."""

from typing import Any

from paddles.archive import contents, logs
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.projects import vault
from paddles.settings import Settings
from tests.client import Client
from tests.conftest import NOW
from tests.projects.held import TOKEN, Held, hand_over, held, write
from tests.units import rows

FIRST = b"# Run sent to worker: w1\n"


def post(client: Client, job: Held, data: bytes, **headers: Any) -> None:
    """Send a piece of the log."""
    said = {**job.headers, **{name.replace("_", "-"): str(value) for name, value in headers.items()}}
    client.post(job.path, data, headers=said, status=200)


def log_of(client: Client, job: Held) -> bytes:
    """Return the log of a job that has not ended."""
    return bytes(client.get(f"{job.path}console.log", status=200).body)


def test_secrets_are_not_seen(client: Client, database: Database) -> None:
    """Nor is the key of the run; in one piece or in many, and the log is as long as what was sent."""
    job = held(database, secrets={"password": "correct horse", "other": "battery-staple"})
    said = f"a correct horse, battery-staple and {TOKEN}.\n".encode()
    post(client, job, said)
    for at in range(len(said)):
        post(client, job, said[at : at + 1])

    text = log_of(client, job)
    assert FIRST + 2 * (b"a %s, %s and %s.\n" % (b"*" * 13, b"*" * 14, b"*" * 43)) == text


def test_the_end_of_a_log_is_shown_that_might_have_become_a_secret(client: Client, database: Database) -> None:
    """When the run says its last word; where somebody else ended it nobody knows what it would have been."""
    job, lost = (held(database, secrets={"password": "correct horse"}) for _ in range(2))
    for each in (job, lost):
        post(client, each, b"correct")
        assert FIRST == log_of(client, each)
    post(client, job, b"", X_RUN_STATUS="PASSED")
    write(database, "UPDATE leases SET ended = now(), outcome = 'lost' WHERE job_id = :id", id=lost.job_id)
    write(database, "UPDATE jobs SET status = 'fail', finished = now() WHERE id = :id", id=lost.job_id)

    for each, end in ((job, b"correct"), (lost, b"*" * 7)):
        assert FIRST + end == client.get(client.get(f"{each.path}console.log", status=302).location).body


def test_an_attempt_that_ended_amid_a_secret_keeps_its_length(
    client: Client, database: Database, settings: Settings
) -> None:
    """Of what might have become one only stars are left."""
    job = held(database, secrets={"password": "correct horse"})
    post(client, job, b"correct h")
    write(database, "UPDATE leases SET ended = now(), outcome = 'lost' WHERE job_id = :id", id=job.job_id)
    write(database, "UPDATE jobs SET status = 'queued', leased = false WHERE id = :id", id=job.job_id)
    again = hand_over(database, job, token="u" * 43)
    post(client, again, b"orse")

    assert FIRST + b"orse" == log_of(client, again)
    assert FIRST + b"*" * 9 == logs.read(contents.directory(settings), job.job_id, 1, 0, 10**6)


def test_who_has_started_a_build_is_no_secret_in_its_log(
    client: Client, database: Database, settings: Settings
) -> None:
    """His name stands among the secrets, and may be any word."""
    job = held(database)
    (row,) = rows(database, "SELECT run_id FROM jobs WHERE id = :id", id=job.job_id)
    said = {"triggered-by": "make", "word": "correct horse"}
    purpose = vault.of_build(row.run_id)
    sealed = transact(database, lambda session: vault.sealed(session, settings, purpose, said, NOW))
    write(database, "UPDATE builds SET sealed = :sealed", sealed=sealed)
    post(client, job, b"make correct horse\n")

    assert FIRST + b"make *************\n" == log_of(client, job)

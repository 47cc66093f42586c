"""``/outlook`` over the wire."""

import pytest

from tests.client import Client
from tests.controllers.test_statements import statements_of
from tests.factories import RUN, make_job, make_node


@pytest.fixture
def waiting(client: Client) -> Client:
    """Two jobs that wait, and a machine for them that is free."""
    make_node(client)
    for key in (1, 2):
        make_job(client, job_id=key, queue="smithi", priority=key)
    return client


def test_a_queue_is_told_of(waiting: Client) -> None:
    """As JSON and as a line of CSV."""
    found = waiting.get("/outlook?colour=red", status=200).json

    (queue,) = found["items"]
    assert ("smithi", 2, 1, 1, None, ["colour"]) == (
        queue["name"], queue["queued"], queue["machines"], queue["free"], queue["expected"], found["ignored"]
    )  # fmt: skip
    head, line = waiting.get("/outlook.csv", status=200).text.splitlines()
    assert (",".join(queue), "smithi,2,0,0") == (head, line[:12])


def test_a_job_is_told_why_it_waits(waiting: Client) -> None:
    """The first is next, and can start at once; the other is behind it, and nobody knows until when."""
    first, second = (waiting.get(f"/outlook/job?run={RUN}&job={key}", status=200).json for key in (1, 2))

    assert (["next"], 0, True) == (first["reasons"], first["ahead"], first["expected"] is not None)
    assert (["behind"], 1, None) == (second["reasons"], second["ahead"], second["expected"])


@pytest.mark.parametrize(
    ("address", "status", "word"),
    [
        ("/outlook?since=later", 400, "since"),
        ("/outlook/job?run=r", 400, "job"),
        ("/outlook/job?job=1", 400, "run"),
        ("/outlook/job?run=%00&job=1", 400, "run"),
        ("/outlook/job?run=none&job=1", 404, "none"),
    ],
)
def test_what_cannot_be_told(client: Client, address: str, status: int, word: str) -> None:
    """The answer says what is wrong."""
    assert word in client.refused("GET", address, status)


def test_statements_do_not_grow_with_what_waits(waiting: Client) -> None:
    """One for all queues, two for a job."""
    make_job(waiting, job_id=3, queue="other")

    assert [1, 2] == [len(statements_of(waiting, path)) for path in ("/outlook", f"/outlook/job?run={RUN}&job=2")]

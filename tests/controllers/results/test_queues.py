"""``/queue/``: queues, their pauses, and the jobs handed out of them."""

import datetime
from typing import Any

import pytest

from paddles.db import work
from paddles.db.engine import Database
from paddles.lab import leases
from tests.client import Client
from tests.factories import RUN, job_of, make_job, make_queue, names_of

KEYS = {"queue", "paused", "paused_by", "paused_since", "paused_until"}
POP = "/queue/pop_queue?queue=smithi"
PAST, FUTURE = "2001-01-01 00:00:00", "2999-01-01 00:00:00"
NO_QUEUE = "could not find required key: 'queue'"
UNKNOWN = "specified queue does not exist"


def test_a_queue_is_created_once(client: Client) -> None:
    """Its name is enough; the refusal of a second ends as the client expects."""
    answer = client.post_json("/queue/", {"queue": "a&b"}, status=200)

    [queue] = client.get("/queue/").json
    assert {} == answer.json
    unpaused = {"queue": "a&b", "paused": False, "paused_by": None, "paused_since": None, "paused_until": None}
    assert unpaused == queue
    assert "Queue a&b already exists" == client.refused("POST", "/queue/", 400, {"queue": "a&b"})


def test_a_job_makes_its_queue(client: Client) -> None:
    """The queue that a job names exists from then on."""
    make_job(client, queue="smithi")

    assert ["smithi"] == names_of(client.get("/queue").json, "queue")


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_queue_needs_a_name(client: Client, method: str) -> None:
    """Without a body, or without the key, there is nothing to do."""
    assert "could not decode JSON body" == client.refused(method, "/queue/", 400, b"")
    assert "could not decode JSON body" == client.refused(method, "/queue/", 400, b"{")
    assert NO_QUEUE == client.refused(method, "/queue/", 400, {})
    assert NO_QUEUE == client.refused(method, "/queue/", 400, {"paused_by": "ann"})


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", ["mira", "multi", "smithi"]), ("machine_type=smithi", ["smithi"]), ("machine_type=smithi|mira", ["multi"]),
     ("machine_type=nope", []), ("paused_by=ann", ["mira"]), ("paused_by=ann&machine_type=smithi", []),
     ("machine_type=&paused_by=", ["mira", "multi", "smithi"])],
)  # fmt: skip
def test_queues_are_listed_by_name(client: Client, query: str, expected: list[str]) -> None:
    """Five keys each; several types joined mean the queue ``multi``."""
    for name in ("smithi", "mira", "multi"):
        make_queue(client, name)
    client.put_json("/queue/", {"queue": "mira", "paused_by": "ann", "pause_duration": 60})

    listed = client.get(f"/queue/?{query}").json

    assert expected == names_of(listed, "queue")
    assert all(set(queue) == KEYS for queue in listed)


def test_a_queue_is_paused_for_a_while(client: Client) -> None:
    """From now until so many seconds later, by somebody; a fraction will do."""
    make_queue(client)

    answer = client.put_json("/queue/", {"queue": "smithi", "paused_by": "ann", "pause_duration": 90.5}, status=200)

    [queue] = client.get("/queue/").json
    since, until = (datetime.datetime.fromisoformat(queue[f"paused_{word}"]) for word in ("since", "until"))
    assert {} == answer.json
    assert (True, "ann") == (queue["paused"], queue["paused_by"])
    assert datetime.timedelta(seconds=90.5) == until - since


def test_a_queue_may_be_paused_from_the_start(client: Client) -> None:
    """A pause in the POST is one, and a POST that cannot pause makes no queue."""
    make_queue(client, "smithi", paused_by="ann", pause_duration=60)

    message = client.refused("POST", "/queue/", 400, {"queue": "mira", "pause_duration": 60})

    assert "Cannot pause without specifying paused_by" == message
    assert [("smithi", True)] == [(queue["queue"], queue["paused"]) for queue in client.get("/queue/").json]


@pytest.mark.parametrize(
    ("said", "status", "message"),
    [
        ({"queue": "nope", "pause_duration": 60, "paused_by": "ann"}, 400, UNKNOWN),
        ({"queue": "nope", "paused_until": None}, 400, UNKNOWN),
        ({"queue": "free", "pause_duration": 60}, 400, "Cannot pause without specifying paused_by"),
        ({"queue": "free", "pause_duration": 60, "paused_by": ""}, 400, "Cannot pause without specifying paused_by"),
        ({"queue": "paused", "pause_duration": 60, "paused_by": "ann"}, 403, "Cannot pause an already-paused queue"),
    ],
)
def test_pauses_are_refused_by_rule(client: Client, said: dict[str, Any], status: int, message: str) -> None:
    """Who pauses must be known, and what is paused is not paused again."""
    make_queue(client, "free")
    make_queue(client, "paused", paused_by="bob", pause_duration=600)
    before = client.get("/queue/").json

    assert message == client.refused("PUT", "/queue/", status, said)
    assert before == client.get("/queue/").json


@pytest.mark.parametrize("said", [{"paused_until": None}, {"pause_duration": 0}, {"paused_until": PAST}])
def test_a_pause_is_ended_early(client: Client, said: dict[str, Any]) -> None:
    """Without an end, with no duration, or with an end that has passed, a queue is not paused."""
    make_queue(client, paused_by="ann", pause_duration=600)

    assert {} == client.put_json("/queue/", {"queue": "smithi", **said}, status=200).json

    assert [False] == names_of(client.get("/queue/").json, "paused")
    assert client.get(POP, status=200).json is None


def test_the_words_of_a_pause_are_stored_as_given(client: Client) -> None:
    """paused_by, paused_since and paused_until are read again as they were put; what is not put stays."""
    make_queue(client)
    client.put_json("/queue/", {"queue": "smithi", "paused_by": "ann", "paused_since": PAST, "paused_until": FUTURE})

    client.put_json("/queue", {"queue": "smithi", "paused_by": "bob"})

    expected = {"queue": "smithi", "paused": True, "paused_by": "bob", "paused_since": PAST, "paused_until": FUTURE}
    assert [expected] == client.get("/queue/").json


def test_the_most_urgent_job_is_popped(client: Client) -> None:
    """The smallest priority first, of equals the first posted, those without one last; whole, and still queued."""
    for key, priority in ((1, None), (2, 100), (3, 50), (4, 50), (5, -1)):
        make_job(client, job_id=key, queue="smithi", priority=priority)

    popped = [client.get(POP).json for _ in range(6)]

    assert ["5", "3", "4", "2", "1"] == names_of(popped[:5], "job_id")
    assert [job_of(client, job_id=job["job_id"]) for job in popped[:5]] == popped[:5]
    assert {"queued"} == {job["status"] for job in popped[:5]}
    assert popped[5] is None


@pytest.mark.parametrize("path", ["/queue/pop_queue?queue=nope", "/queue/pop_queue/?queue=nope", POP])
def test_nothing_to_pop_is_null(client: Client, path: str) -> None:
    """An unknown queue, an empty one, and one whose jobs are not queued, give JSON's null."""
    for status in ("running", "waiting", "pass", "fail", "dead", "unknown"):
        make_job(client, job_id=status, queue="smithi", status=status)
    make_job(client, job_id="other", queue="mira")

    assert b"null" == client.get(path, status=200).body


def test_a_popped_job_is_offered_again_when_nobody_takes_it(client: Client, database: Database) -> None:
    """Its short lease ends and the next caller gets it."""
    make_job(client, queue="smithi")
    first = client.get(POP).json
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=61)

    second = client.get(POP).json
    expired = work.transact(database, lambda session: leases.expire(session, later, 100, 3))

    assert second is None
    assert 1 == expired
    assert first["job_id"] == client.get(POP).json["job_id"]


def test_a_popped_job_that_was_taken_is_not_offered_again(client: Client, database: Database) -> None:
    """The client's PUT ends the lease, and an overdue one does not bring a running job back."""
    make_job(client, queue="smithi")
    job = client.get(POP).json
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=61)

    client.put_json(f"/runs/{RUN}/jobs/1/", {**job, "status": "running"}, status=200)
    expired = work.transact(database, lambda session: leases.expire(session, later, 100, 3))

    assert 0 == expired
    assert client.get(POP).json is None
    assert "running" == job_of(client)["status"]


def test_a_job_that_was_queued_again_is_popped_again(client: Client) -> None:
    """Back in its queue, a job is offered at once."""
    make_job(client, queue="smithi")
    client.get(POP)
    client.put_json(f"/runs/{RUN}/jobs/1/", {"status": "running"})

    client.put_json(f"/runs/{RUN}/jobs/1/", {"status": "queued"})

    assert "1" == client.get(POP).json["job_id"]


def test_nothing_is_popped_off_a_paused_queue(client: Client) -> None:
    """503 while it is paused, and when to ask again."""
    make_job(client, queue="smithi")
    client.put_json("/queue/", {"queue": "smithi", "paused_by": "ann", "pause_duration": 60})

    answer = client.get(POP, status=503)

    assert "queue is paused, cannot retrieve job" == answer.json["message"]
    assert answer.headers["Retry-After"].isdigit()


@pytest.mark.parametrize("path", ["/queue/pop_queue", "/queue/pop_queue/?queue="])
def test_popping_needs_a_queue(client: Client, path: str) -> None:
    """The parameter must be there."""
    assert NO_QUEUE == client.refused("GET", path, 400)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_queues_jobs_are_counted(client: Client, slash: str) -> None:
    """By the body or the query, of GET or POST: three keys, and the pause's words while it is paused."""
    for key, status in ((1, "queued"), (2, "queued"), (3, "running")):
        make_job(client, job_id=key, queue="smithi", status=status)
    path = f"/queue/stats{slash}"

    asked = [("GET", "?queue=smithi", None), ("POST", "?queue=smithi", None), ("GET", "", {"queue": "smithi"}),
             ("POST", "", {"queue": "smithi"})]  # fmt: skip
    answers = [client.send(method, path + query, body).json for method, query, body in asked]
    client.put_json("/queue/", {"queue": "smithi", "paused_by": "ann", "pause_duration": 60})

    assert [{"queue": "smithi", "queued_jobs": 2, "paused": False}] * 4 == answers
    [queue] = client.get("/queue/").json
    assert {**queue, "queued_jobs": 2} == client.post_json(path, {"queue": "smithi"}).json


def test_counting_needs_a_queue_that_exists(client: Client) -> None:
    """An unknown queue and none at all are refused."""
    assert UNKNOWN == client.refused("POST", "/queue/stats/", 400, {"queue": "nope"})
    assert NO_QUEUE == client.refused("POST", "/queue/stats/", 400, {})
    assert NO_QUEUE == client.refused("GET", "/queue/stats/", 400)


def test_queued_jobs_are_listed(client: Client) -> None:
    """Those of the queue, of a user in it, or of a run in any queue; whole."""
    make_job(client, "a", job_id=1, queue="smithi", user="ann")
    make_job(client, "b", job_id=2, queue="smithi", user="bob")
    make_job(client, "a", job_id=3, queue="mira", user="ann")
    make_job(client, "a", job_id=4, queue="smithi", user="ann", status="running")

    for query, expected in (("", "12"), ("?user=ann", "1"), ("?run_name=a", "13"), ("?user=nope", "")):
        for slash in ("", "/"):
            listed = client.post_json(f"/queue/queued_jobs{slash}{query}", {"queue": "smithi"}).json
            assert list(expected) == sorted(names_of(listed, "job_id")), query
    assert [job_of(client, "b", job_id=2)] == client.post_json("/queue/queued_jobs/?user=bob", {"queue": "smithi"}).json


def test_listing_queued_jobs_needs_a_queue_that_exists(client: Client) -> None:
    """Unknown, missing, or asked for without a body."""
    assert UNKNOWN == client.refused("POST", "/queue/queued_jobs/", 400, {"queue": "nope"})
    assert NO_QUEUE == client.refused("POST", "/queue/queued_jobs/", 400, {})
    assert "could not decode JSON body" == client.refused("GET", "/queue/queued_jobs/?queue=smithi", 400)

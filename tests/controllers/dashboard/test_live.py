"""What pages follow, where nothing can be kept open, and whose the address is."""

import json

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.events import log
from paddles.settings import Settings
from tests.client import Client
from tests.factories import make_job, make_run
from tests.waiting import until

# An open transaction anywhere on the server holds every reader back, one of another test's too.
PATIENCE_S = 120
STREAM = "/events/stream?topics="


def told(client: Client, query: str, **headers: str) -> list[tuple[str, str]]:
    """Return the places and topics of an answer, which says of each that it has changed."""
    answer = client.send("GET", STREAM + query, **headers)
    assert ("text/event-stream", "no-store") == (answer.content_type, str(answer.cache_control))
    begin, *frames, upto, end = answer.text.split("\n\n")
    assert ("retry: 2000", "event: beat\ndata: {}", "") == (begin, upto.partition("\n")[2], end)
    lines = [frame.split("\n") for frame in frames]
    assert all(named == "event: changed" for _, named, _ in lines)
    return [(place.removeprefix("id: "), json.loads(data.removeprefix("data: "))["topic"]) for place, _, data in lines]


def settled(client: Client, query: str) -> list[tuple[str, str]]:
    """Wait until what has happened can be read, and return it."""
    return until(lambda: told(client, f"{query}&age=60"), PATIENCE_S)


def test_what_has_changed(client: Client) -> None:
    """Topics by what was done to runs, jobs and machines; behind a place that the client names, nothing twice."""
    make_job(client, "a,b c", job_id=1)
    query = "run:a%252Cb%20c,queue,runs,nodes,regressions,run:other"
    found = settled(client, query)

    assert {"run:a,b c", "runs", "queue"} == {topic for _, topic in found}
    assert [] == told(client, query)
    assert [] == told(client, query, HTTP_LAST_EVENT_ID=found[-1][0])
    assert [] == told(client, f"{query}&after={found[-1][0]}")
    make_run(client, "other")
    behind = until(lambda: told(client, f"{query}&after={found[-1][0]}"), PATIENCE_S)
    assert {"run:other", "runs"} == {topic for _, topic in behind}


def test_who_was_told_of_nothing_knows_the_place_too(client: Client) -> None:
    """Whoever comes back with the last id misses nothing, and is told nothing twice however old the page was."""
    make_run(client, "before")
    settled(client, "run:before")
    place = client.get(f"{STREAM}run:r").text.split("id: ")[-1].split("\n")[0]
    make_job(client, "r", job_id=1)

    later = until(lambda: told(client, "run:r", HTTP_LAST_EVENT_ID=place), PATIENCE_S)
    assert ["run:r"] == [topic for _, topic in later]
    assert [] == told(client, "run:before,run:r&age=600", HTTP_LAST_EVENT_ID=later[-1][0])


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("runs&after=x", "Last-Event-ID"),
        ("runs&after=" + "f" * 31, "Last-Event-ID"),
        ("runs&age=-1", "age"),
        ("runs&age=x", "age"),
        (",".join(f"run:{number}" for number in range(201)), "topics"),
    ],
)
def test_what_is_refused(client: Client, query: str, message: str) -> None:
    """400, and the message names what is wrong."""
    assert message in client.refused("GET", STREAM + query, 400)


@pytest.mark.parametrize("topics", ["job,run", "queue", "*", "runs,job", "", ",", "node", "c"])
def test_the_stream_of_channels_stays_where_it_was(client: Client, database: Database, topics: str) -> None:
    """Whoever names anything but topics is answered as below ``/latest``, with the same events or the same refusal."""
    transact(database, lambda s: [log.append(s, channel, "t", "s", {"n": 1}) for channel in ("job", "queue", "c")])
    until(lambda: len(client.get("/latest/events").json) == 3, PATIENCE_S)
    path = f"events/stream?topics={topics}&after=0"
    here, there = (client.get(f"{base}/{path}", expect_errors=True) for base in ("", "/latest"))

    assert (there.status, there.body) == (here.status, here.body)


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE"])
def test_other_methods_and_addresses_stay_as_they_were(client: Client, method: str) -> None:
    """All else below ``/events`` is KernelCI's."""
    for path in ("events/stream?topics=runs", "events", "events/x", "events/stream/x"):
        here, there = (client.send(method, f"{base}/{path}", status="*") for base in ("", "/latest"))
        assert (there.status, there.body) == (here.status, here.body)


def test_whoever_may_not_read_results_may_not_follow(database: Database, settings: Settings) -> None:
    """Where results ask for a token, what changes of them does, too."""
    for access, status in (("token", 401), ("closed", 403)):
        client = Client(serve(database, settings.model_copy(update={"results_access": access})))
        client.refused("GET", f"{STREAM}runs", status)
        client.send("GET", "/latest/events/stream?topics=run", status=200)

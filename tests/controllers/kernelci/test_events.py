"""The history of events, and their stream where no request can wait (``tests/faults`` has those)."""

import json
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.events import log
from tests.controllers.kernelci.wire import Api, Person
from tests.waiting import until

# An open transaction anywhere on the server holds every reader back, one of another test's too.
PATIENCE_S = 120
HISTORY = [
    {"op": "created", "id": "a" * 24, "kind": "checkout", "state": "available", "path": ["checkout"], "data": {"n": 1}},
    {"op": "updated", "id": "a" * 24, "kind": "checkout", "state": "done", "path": ["checkout"], "result": "pass"},
    {"op": "created", "id": "b" * 24, "kind": "job", "state": "done", "path": ["checkout", "kbuild"], "name": "x"},
]


@pytest.fixture
def history(api: Api, database: Database) -> list[Any]:
    """Three events of nodes, as the history shows them."""
    for data in HISTORY:
        transact(database, lambda s, d=data: log.append(s, "node", f"node.{d['op']}", "n", d, owner="ann"))
    return until(lambda: found if len(found := api.get("/latest/events").json) == 3 else None, PATIENCE_S)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [0, 1, 2]),
        ("kind=checkout", [0, 1]),
        ("state=done&kind=job", [2]),
        ("op=updated", [1]),
        ("result=pass", [1]),
        ("name=x", [2]),
        ("owner=ann", [0, 1, 2]),
        ("owner=bob", []),
        ("channel=node", [0, 1, 2]),
        ("channel=job", []),
        ("path=^kb", [2]),
        (f"node_id={'a' * 24}", [0, 1]),
        (f"data.id={'b' * 24}", [2]),
        ("data.data.n=1", [0]),
        ("limit=2", [0, 1]),
        ("from=2020-01-01", [0, 1, 2]),
        ("from=2999-01-01T00:00:00Z", []),
        ("until=2020-01-01", []),
        ("until=2999-01-01T00:00:00Z&from=2020-01-01", [0, 1, 2]),
        ("data.{a}.%22%2C%5C=1", []),
        ("nothing=known", [0, 1, 2]),
    ],
)
def test_the_history_is_filtered(api: Api, history: list[Any], query: str, expected: list[int]) -> None:
    """By what the data says, by channel and owner, by moment; the oldest first, and no token is asked for."""
    assert [history[each] for each in expected] == api.get(f"/latest/events?{query}").json


def test_the_history_is_read_on(api: Api, history: list[Any]) -> None:
    """``from`` excludes its own moment; ``from_seq`` goes on behind an event, whatever the moments are."""
    first, second, third = history
    assert [second, third] == api.get(f"/latest/events?from={first['timestamp']}").json
    assert [third] == api.get(f"/latest/events?from_seq={second['sequence_id']}").json
    assert [third] == api.get(f"/latest/events?from_seq={second['sequence']}&limit=1").json


def test_events_are_found_by_their_ids(api: Api, history: list[Any]) -> None:
    """One or several; 24 digits each, which rise."""
    ids = [each["id"] for each in history]
    assert sorted(ids) == ids
    assert {24} == {len(each) for each in ids}
    assert [history[1]] == api.get(f"/latest/events?id={ids[1]}").json
    assert history[1:] == api.get(f"/latest/events?ids={ids[2]},{ids[1]}").json


def test_a_recursive_history(api: Api, ann: Person) -> None:
    """It has each event's node as it is now, where there is one."""
    node = api.post("/latest/node", {"kind": "checkout", "name": "n", "path": ["n"]}, token=ann.token).json
    api.put(f"/latest/node/{node['id']}", {**node, "state": "available"}, token=ann.token)
    api.post("/latest/publish/node", {"data": {"id": "b" * 24}}, token=ann.token)
    api.post("/latest/publish/node", {"data": ["x"]}, token=ann.token)

    def found() -> Any:
        return api.get("/latest/events?channel=node&recursive=true&limit=1000").json

    events = until(lambda: here if len(here := found()) == 4 else None, PATIENCE_S)

    now = api.get(f"/latest/node/{node['id']}").json
    assert [now, now, None, None] == [each["node"] for each in events]
    assert "available" == now["state"]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        (f"id={'a' * 24}&ids={'a' * 24}", "Provide either id or ids, not both"),
        ("id=x", "Invalid id format"),
        ("ids=x,y", "Invalid ids format"),
        ("ids=,", "ids must contain at least one id"),
        ("node_id=x&data.id=x", "Provide either node_id or data.id, not both"),
        ("until=x", "Invalid 'until' parameter, must be an ISO 8601 datetime"),
        ("from=yesterday", "Invalid 'from' parameter, must be an ISO 8601 datetime"),
        ("from=0001-01-01T00:00:00%2B23:00", "Invalid 'from' parameter, must be an ISO 8601 datetime"),
        ("recursive=true", "Recursive limit is too large, max is 1000"),
        ("recursive=true&limit=1001", "Recursive limit is too large, max is 1000"),
        ("path=(", "invalid regular expression: parentheses () not balanced"),
    ],
)
def test_what_the_history_refuses(api: Api, query: str, detail: str) -> None:
    """400, in KernelCI's words."""
    assert {"detail": detail} == api.get(f"/latest/events?{query}", status=400).json


def test_places_hold_on_another_server(api: Api, database: Database, history: list[Any]) -> None:
    """After a restore, where transactions are counted anew, a follower goes on behind what it had."""
    transact(database, log.start_over)

    for place in (history[1]["sequence"], str(history[1]["sequence_id"])):
        (found,) = api.get(f"/latest/events?from_seq={place}").json
        assert history[2]["sequence_id"] == found["sequence_id"]


def test_a_stream_where_nothing_can_wait(api: Api, history: list[Any]) -> None:
    """Has what there is, with the place of each, and goes on behind the last one that its client names."""

    def stream(**headers: str) -> list[dict[str, Any]]:
        answer = api.get("/latest/events/stream?topics=node,x&after=0", **headers)
        assert "text/event-stream" == answer.content_type
        frames = [frame.split("\n") for frame in answer.text.split("\n\n") if frame.startswith("id: ")]
        assert all(place == f"id: {json.loads(data[6:])['sequence']}" for place, data in frames)
        return [json.loads(data[6:])["data"] for _, data in frames]

    assert HISTORY == stream()
    assert HISTORY[2:] == stream(HTTP_LAST_EVENT_ID=history[1]["sequence"])
    api.get("/latest/events/stream?topics=,", status=400)
    api.get("/latest/events/stream", status=422)
    api.get("/latest/events/stream?topics=node", HTTP_LAST_EVENT_ID="x", status=400)

"""Subscribe, listen, publish: as KernelCI's clients do it, where no request can wait (``tests/faults`` has those)."""

import json
from typing import Any

import pytest

from tests.controllers.kernelci.wire import Api, Person
from tests.waiting import until

# An open transaction anywhere on the server holds every reader back, one of another test's too.
PATIENCE_S = 120
ATTRIBUTES = {"specversion", "id", "source", "type", "time", "data"}


def subscribe(api: Api, who: Person, channel: str = "c", query: str = "") -> int:
    """Subscribe and return the id."""
    return int(api.post(f"/latest/subscribe/{channel}{query}", token=who.token).json["id"])


def listen(api: Api, who: Person, number: int, query: str = "") -> Any:
    """Listen until there is an event, and return it."""

    def once() -> Any:
        answer = api.get(f"/latest/listen/{number}{query}", token=who.token).json
        assert ("message", None) == (answer["type"], answer["pattern"])
        event = json.loads(answer["data"])
        return None if event["data"] == "BEEP" else event

    return until(once, PATIENCE_S)


def publish(api: Api, who: Person, data: Any, channel: str = "c", **more: Any) -> None:
    """Publish something."""
    assert api.post(f"/latest/publish/{channel}", {"data": data, **more}, token=who.token).json is None


def test_a_subscription_is_shown_as_it_is(api: Api, ann: Person) -> None:
    """A number, the channel, the user, and whether it hears everything."""
    answer = api.post("/latest/subscribe/node?promisc=true", token=ann.token).json

    assert {"id": answer["id"], "channel": "node", "user": "ann", "promiscuous": True} == answer
    assert isinstance(answer["id"], int)


def test_what_is_published_is_heard(api: Api, ann: Person) -> None:
    """In order, as CloudEvents 1.0 with the mandatory attributes, and the publisher as owner."""
    number = subscribe(api, ann)
    for data in ({"a": 1}, "text", [1, 2], 7):
        publish(api, ann, data)

    heard = [listen(api, ann, number) for _ in range(4)]

    assert [{"a": 1}, "text", [1, 2], 7] == [event["data"] for event in heard]
    assert all(event.keys() >= ATTRIBUTES | {"owner", "_sequence_id"} for event in heard)
    first = heard[0]
    assert ("1.0", "ann", "api.kernelci.org") == (first["specversion"], first["owner"], first["type"])
    assert first["time"].endswith("+00:00")
    assert sorted(each["sequence"] for each in heard) == [each["sequence"] for each in heard]
    assert 4 == len({each["id"] for each in heard})


def test_attributes_of_a_publisher(api: Api, ann: Person) -> None:
    """They become extensions, and replace none of those that the service says."""
    number = subscribe(api, ann)
    attributes = {"x": "y", "owner": "bob", "id": "1", "type": "no", "source": "no", "_sequence_id": 0}
    publish(api, ann, "d", type="t", source="s", attributes=attributes)

    event = listen(api, ann, number)

    assert ("y", "ann", "t", "s") == tuple(event[name] for name in ("x", "owner", "type", "source"))
    assert event["id"] != "1"


def test_the_core_is_followed_like_anything(api: Api, ann: Person) -> None:
    """A change in the archive is an event without an owner on its channel."""
    number = subscribe(api, ann, "job")
    api.post("/runs/r/jobs/", {"job_id": "1", "status": "running"})

    event = listen(api, ann, number)

    assert ("job.running", "runs/r/jobs/1") == (event["type"], event["subject"])
    assert {"run": "r", "job": "1", "from": None, "reason": None} == event["data"]
    assert "owner" not in event


def test_nothing_is_a_beep(api: Api, ann: Person) -> None:
    """A listener is told that nothing has happened, by an event that belongs to nobody and is not stored."""
    number = subscribe(api, ann)

    event = json.loads(api.get(f"/latest/listen/{number}", token=ann.token).json["data"])

    assert "BEEP" == event["data"]
    assert event.keys() == ATTRIBUTES
    assert [] == api.get("/latest/events?channel=c").json


@pytest.mark.parametrize("data", [None, {}, "", []])
def test_nothing_is_not_published(api: Api, ann: Person, data: Any) -> None:
    """422, as for a body without data."""
    api.post("/latest/publish/c", {"data": data}, token=ann.token, status=422)
    api.post("/latest/publish/c", {"type": "x"}, token=ann.token, status=422)


def test_durable_subscriptions(api: Api, ann: Person, bob: Person) -> None:
    """Who comes back is given again what he has not acknowledged; the id is its maker's."""
    number = subscribe(api, ann, query="?subscriber_id=svc:c")
    for data in "abc":
        publish(api, ann, data)
    assert ["a", "b"] == [listen(api, ann, number)["data"] for _ in "ab"]

    assert number == subscribe(api, ann, query="?subscriber_id=svc:c")
    assert ["b", "c"] == [listen(api, ann, number)["data"] for _ in "bc"]
    answer = api.post("/latest/subscribe/c?subscriber_id=svc:c", token=bob.token, status=409)
    assert "svc:c" in answer.json["detail"]


@pytest.mark.parametrize("name", ["sequence", "_sequence_id"])
def test_a_listener_may_say_where_to_go_on(api: Api, ann: Person, name: str) -> None:
    """``after`` and ``ack`` take the place of an event, or its number."""
    number = subscribe(api, ann)
    for data in "abc":
        publish(api, ann, data)
    first = listen(api, ann, number)
    second = listen(api, ann, number)

    assert "b" == listen(api, ann, number, f"?after={first[name]}")["data"]
    assert "c" == listen(api, ann, number, f"?ack={second[name]}")["data"]
    api.get(f"/latest/listen/{number}?after=x", token=ann.token, status=400)


def test_subscriptions_of_others(api: Api, ann: Person, bob: Person) -> None:
    """403 for them, 404 for what is not there, 422 for what is no number, 401 for nobody."""
    number = subscribe(api, ann)
    for method, path in (("GET", "listen"), ("POST", "unsubscribe"), ("GET", "unsubscribe")):
        api.send(method, f"/latest/{path}/{number}", token=bob.token, status=403)
        missing = api.send(method, f"/latest/{path}/{number + 1}", token=bob.token, status=404)
        assert {"detail": f"Subscription id not found: {number + 1}"} == missing.json
        fault = api.send(method, f"/latest/{path}/x1", token=bob.token, status=422).json["detail"][0]
        assert ["path", "sub_id"] == fault["loc"]
        api.send(method, f"/latest/{path}/{'9' * 30}", token=bob.token, status=422)
        api.send(method, f"/latest/{path}/{number}", status=401)
    assert api.post(f"/latest/unsubscribe/{number}", token=ann.token).json is None
    api.get(f"/latest/listen/{number}", token=ann.token, status=404)


def test_statistics_are_for_superusers(api: Api, ann: Person, admin: Person) -> None:
    """Every subscription with what it is, truly, and when it was last listened to."""
    number = subscribe(api, ann, "c", "?promisc=1")

    (shown,) = api.get("/latest/stats/subscriptions", token=admin.token).json

    assert {"id": number, "channel": "c", "user": "ann", "promiscuous": True} == {
        name: shown[name] for name in ("id", "channel", "user", "promiscuous")
    }
    assert shown["last_poll"] >= shown["created"]
    api.get("/latest/stats/subscriptions", token=ann.token, status=403)


def test_the_owner_rule(api: Api, ann: Person, bob: Person) -> None:
    """Without ``promisc`` what others publish is not heard."""
    plain, all_ = subscribe(api, ann), subscribe(api, ann, query="?promisc=true")
    publish(api, bob, "his")
    publish(api, ann, "hers")

    assert "hers" == listen(api, ann, plain)["data"]
    assert ["his", "hers"] == [listen(api, ann, all_)["data"] for _ in "12"]


@pytest.mark.parametrize("prefix", ["", "/v0"])
def test_without_a_version(api: Api, ann: Person, prefix: str) -> None:
    """Every address is known without a version too."""
    number = api.post(f"{prefix}/subscribe/c", token=ann.token).json["id"]
    api.post(f"{prefix}/publish/c", {"data": 1}, token=ann.token)
    assert 1 == listen(api, ann, number)["data"]
    api.get(f"{prefix}/listen/{number}", token=ann.token)
    api.post(f"{prefix}/unsubscribe/{number}", token=ann.token)


def test_lists(api: Api, ann: Person, bob: Person) -> None:
    """What is pushed comes back bare and in order, to whoever asks first; an empty list says to ask again."""
    for data in ("a", {"b": 1}):
        assert api.post("/latest/push/l", {"data": data, "type": "t", "x": 1}, token=ann.token).json is None

    first = api.get("/latest/pop/l", token=bob.token).json
    second = api.get("/latest/pop/l", token=ann.token).json

    assert first.keys() >= ATTRIBUTES
    assert ("a", "t", 1, "ann", "1.0") == tuple(first[name] for name in ("data", "type", "x", "owner", "specversion"))
    assert {"b": 1} == second["data"]
    assert "Retry-After" in api.get("/latest/pop/l", token=ann.token, status=503).headers
    api.post("/latest/push/l", {"type": "t"}, token=ann.token, status=422)


def test_keys(api: Api, ann: Person, bob: Person) -> None:
    """A text is kept for everybody; an empty one, or none, is none."""
    path = "/latest/kv/ns/some%2Fkey"
    assert api.get(path, token=ann.token).json is None
    assert "OK" == api.post(path, "v1", token=ann.token).json
    assert "OK" == api.post(path, "v2", token=ann.token).json
    assert "v2" == api.get(path, token=bob.token).json
    api.post(path, 7, token=ann.token, status=422)
    assert "Key-value pair deleted successfully" == api.delete(path, token=ann.token).json
    assert api.get(path, token=ann.token).json is None
    api.post(path, "v", token=ann.token)
    api.post(path, b"", token=ann.token)
    assert api.get(path, token=ann.token).json is None

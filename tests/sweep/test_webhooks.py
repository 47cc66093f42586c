"""Webhooks: told everything in order and signed, tried again, given up in the end where it can be seen."""

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.events import log, signatures, webhooks
from paddles.settings import Settings
from paddles.sweep import webhooks as sender
from tests.events.test_subscriptions import settle
from tests.sweep.receiver import Receiver, receiving
from tests.units import NOW, at, rows


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who is told."""
    with receiving() as made:
        yield made


@pytest.fixture
def private(settings: Settings) -> Settings:
    """Settings that let webhooks lead to this machine."""
    return settings.model_copy(update={"webhooks_to_private": True})


def hook(database: Database, url: str, *topics: str) -> int:
    """Make a webhook."""
    made, _ = transact(database, lambda s: webhooks.create(s, url, None, topics or ("c",), "root", NOW))
    return int(made.id)


def happen(database: Database, *said: Any, channel: str = "c") -> None:
    """Let events happen, and wait until they can be read."""
    for data in said:
        transact(database, lambda s, d=data: log.append(s, channel, "t", "s", {"d": d}))
    settle(database, len(said), channel)


def waiting(database: Database, number: int) -> list[Any]:
    """Return what a webhook was not told."""
    return list(read(database, lambda s: webhooks.deliveries(s, number, None, 100)))


def data(receiver: Receiver) -> list[Any]:
    """Return what the events said that came."""
    return [json.loads(body)["data"]["d"] for _, body in receiver.told]


def test_a_webhook_is_told_everything_in_order(database: Database, private: Settings, receiver: Receiver) -> None:
    """From when it was made on, of its topics, once, as CloudEvents."""
    happen(database, "before")
    number = hook(database, receiver.url, "c", "d")
    happen(database, 1, channel="d")
    happen(database, 2, channel="e")
    for data_ in (3, 4):
        transact(database, lambda s, d=data_: log.append(s, "c", "t", "s", {"d": d}))
    settle(database, 3)

    assert 3 == sender.send(database, private, NOW)
    assert 0 == sender.send(database, private, at(1))

    assert [1, 3, 4] == data(receiver)
    assert [] == waiting(database, number)
    headers, body = receiver.told[0]
    assert ("application/cloudevents+json", "/hook?x=1") == (headers["Content-Type"], headers["path"])
    assert "1.0" == json.loads(body)["specversion"]


def test_what_happens_elsewhere_is_looked_at_once(database: Database, private: Settings) -> None:
    """A webhook moves on with the log, also when nothing of it is its own."""
    hook(database, "http://127.0.0.1:1/")
    happen(database, 1, 2, channel="d")
    sender.send(database, private, NOW)

    behind = "SELECT FROM events, webhooks WHERE (events.xid, events.id) > (webhooks.xid, webhooks.event_id)"
    assert [] == rows(database, behind)


def test_what_is_sent_is_signed(database: Database, private: Settings, receiver: Receiver) -> None:
    """By the secret that was told when the webhook was made."""
    _, secret = transact(database, lambda s: webhooks.create(s, receiver.url, None, ["c"], "root", NOW))
    happen(database, 1)
    sender.send(database, private, NOW)

    headers, body = receiver.told[0]
    message_id, seconds = headers["webhook-id"], int(headers["webhook-timestamp"])
    assert json.loads(body)["id"] == message_id
    assert int(NOW.timestamp()) == seconds
    assert signatures.sign(secret, message_id, seconds, body) == headers["webhook-signature"]


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_what_is_not_taken_is_tried_again(
    database: Database, private: Settings, receiver: Receiver, status: int
) -> None:
    """Later and later; where it points is not followed, and what comes after it waits a little."""
    number = hook(database, receiver.url)
    receiver.status = status
    happen(database, 1, 2)

    assert 0 == sender.send(database, private, NOW)
    assert [1] == data(receiver)
    first, second = waiting(database, number)
    assert ("due", 1, f"answered with {status}") == (first.status, first.attempts, first.fault)
    assert (0, at(webhooks.SOONEST_S), at(webhooks.SOONEST_S)) == (second.attempts, first.next_try, second.next_try)

    assert 0 == sender.send(database, private, at(webhooks.SOONEST_S - 1))
    receiver.status = 200
    assert 2 == sender.send(database, private, at(webhooks.SOONEST_S))
    assert [1, 1, 2] == data(receiver)


def test_what_is_never_taken_is_given_up(database: Database, private: Settings, receiver: Receiver) -> None:
    """It stays to be seen, and can be tried again by hand; it is forgotten after a time."""
    number = hook(database, receiver.url)
    receiver.status = 500
    happen(database, 1)
    tries, moment = [], NOW
    while (found := (sender.send(database, private, moment), waiting(database, number)[0])[1]).status == "due":
        tries.append(found.next_try - moment)
        moment = found.next_try

    assert webhooks.MOST_ATTEMPTS == found.attempts == len(receiver.told)
    assert sorted(tries) == tries
    assert datetime.timedelta(hours=24) < sum(tries, datetime.timedelta()) < datetime.timedelta(hours=48)
    assert 0 == sender.send(database, private, moment + datetime.timedelta(days=9))
    assert [(0, 1)] == [(each.due, each.dead) for each in read(database, webhooks.listed)]

    receiver.status = 200
    assert 1 == transact(database, lambda s: webhooks.revive(s, number, moment))
    assert 1 == sender.send(database, private, moment)


def test_dead_letters_are_forgotten(database: Database) -> None:
    """Those given up before a moment; never what is due."""
    number = hook(database, "http://127.0.0.1:1/")
    transact(database, lambda s: s.execute(webhooks.ENQUEUE, {"id": number, "now": NOW, "events": ["1", "2", "3"]}))
    due, old, young = waiting(database, number)
    for each, moment in ((old, at(0)), (young, at(10))):
        dying = {"id": each.id, "fault": "x", "next_try": moment, "most": 1}
        transact(database, lambda s, said=dying: s.execute(webhooks.FAILED, said))

    assert 1 == transact(database, lambda s: webhooks.forget(s, at(5), 10))
    assert [due.id, young.id] == [each.id for each in waiting(database, number)]


@pytest.mark.parametrize(
    ("url", "fault"),
    [("http://127.0.0.1:1/", "not public"), ("http://localhost/", "not public"), ("http://x.invalid/", "not known")],
)
def test_private_addresses_are_refused(database: Database, settings: Settings, url: str, fault: str) -> None:
    """Nothing is sent there unless the settings say so; it is said why."""
    number = hook(database, url)
    happen(database, 1)

    assert 0 == sender.send(database, settings, NOW)
    assert fault in waiting(database, number)[0].fault


def test_a_webhook_that_is_away_keeps_nobody_waiting(database: Database, private: Settings, receiver: Receiver) -> None:
    """Others are told in the same round."""
    away, there = hook(database, "http://127.0.0.1:1/"), hook(database, receiver.url)
    happen(database, 1)

    assert 1 == sender.send(database, private, NOW)
    assert "ConnectionRefusedError" in waiting(database, away)[0].fault
    assert [] == waiting(database, there)


def test_more_than_is_taken_at_once(database: Database, private: Settings, receiver: Receiver) -> None:
    """It comes round by round, in order."""
    hook(database, receiver.url)
    many = webhooks.TAKEN + 3
    transact(database, lambda s: [log.append(s, "c", "t", "s", {"d": n}) for n in range(many)])
    settle(database, 1)

    assert [webhooks.TAKEN, 3, 0] == [sender.send(database, private, at(n)) for n in range(3)]
    assert [*range(many)] == data(receiver)


def test_what_somebody_has_taken_is_nobody_elses(database: Database, private: Settings, receiver: Receiver) -> None:
    """Until its time is over: who took it may have ended before it was sent."""
    hook(database, receiver.url)
    happen(database, 1)
    sender._enqueue_all(database, private, NOW)
    assert 1 == len(transact(database, lambda s: webhooks.take(s, NOW)))

    assert 0 == sender.send(database, private, at(webhooks.CLAIM_S - 1))
    assert 1 == sender.send(database, private, at(webhooks.CLAIM_S))

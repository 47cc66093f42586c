"""Subscriptions: every event once and in order, acknowledged by the next listen, and nobody's but the follower's."""

import datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.errors import Conflict, Forbidden, NotFound
from paddles.events import log, subscriptions
from paddles.events.log import Position
from paddles.events.subscriptions import Heard, Steering
from tests.units import NOW, at
from tests.waiting import until

# An open transaction anywhere on the server holds every reader back, one of another test's too.
PATIENCE_S = 120


def happen(database: Database, *types: str, channel: str = "c", owner: str | None = None) -> None:
    """Let events happen, each in a transaction of its own."""
    for type_ in types:
        transact(database, lambda s, t=type_: log.append(s, channel, t, "s", {}, owner=owner))


def follow(database: Database, channel: str = "c", username: str = "ann", **more: Any) -> int:
    """Subscribe, and return the id."""
    return transact(database, lambda s: subscriptions.subscribe(s, channel, username, NOW, **more))


def listen(database: Database, subscription: int, username: str = "ann", **more: Any) -> Heard:
    """Listen once, and return what it comes to now."""
    return transact(database, lambda s: subscriptions.listen(s, subscription, username, NOW, **more))


def heard(database: Database, subscription: int, count: int, **more: Any) -> str:
    """Return the types of the next so many events; they are waited for."""
    found = ""
    while len(found) < count:
        first = listen(database, subscription, **more)
        event = first.event or until(
            lambda first=first: listen(database, subscription, **more, epoch=first.epoch).event, PATIENCE_S
        )
        found += event.type
    return found


def settle(database: Database, many: int, channel: str = "c") -> None:
    """Wait until so many events of a channel can be read."""
    until(lambda: len(read(database, lambda s: log.read(s, channel, Position()))) >= many, PATIENCE_S)


def test_events_come_once_and_in_order(database: Database) -> None:
    """From the subscription on, one a listen; what happened before is not told, what belongs elsewhere neither."""
    happen(database, "x")
    mine = follow(database)
    happen(database, *"abc")
    happen(database, "y", channel="d")
    happen(database, "d")

    assert "abcd" == heard(database, mine, 4)
    assert listen(database, mine).event is None


def test_what_is_being_written_is_new(database: Database) -> None:
    """An event that is committed after one has subscribed comes, though it was written before one that does not."""
    with Session(database.writer, writes=True) as older:
        log.append(older, "c", "a", "s", {})
        older.execute(text("SELECT"))  # so that it is written
        happen(database, "x")
        mine = follow(database)
        older.commit()
    happen(database, "b")

    assert "ab" == heard(database, mine, 2)


def test_everybody_gets_a_copy(database: Database) -> None:
    """Subscriptions of one channel do not take events from each other."""
    both = follow(database), follow(database)
    happen(database, *"ab")

    assert ["ab", "ab"] == [heard(database, each, 2) for each in both]


@pytest.mark.parametrize(("promiscuous", "expected"), [(False, "abe"), (True, "abde")])
def test_events_of_others_are_for_the_promiscuous(database: Database, promiscuous: bool, expected: str) -> None:
    """Without it a follower gets his own events and those of nobody."""
    mine = follow(database, promiscuous=promiscuous)
    happen(database, "a")
    happen(database, "b", owner="ann")
    happen(database, "d", owner="bob")
    happen(database, "e", owner="ann")

    assert expected == heard(database, mine, len(expected))


def test_what_belongs_to_others_is_looked_at_once(database: Database) -> None:
    """A listen that finds nothing moves its place behind all that is settled."""
    mine = follow(database)
    happen(database, *"abc", owner="bob")
    settle(database, 3)

    listen(database, mine)

    with Session(database.reader) as session:
        place = session.execute(text("SELECT CAST(CAST(xid AS text) AS bigint) AS xid FROM subscriptions")).scalar()
        newest = session.execute(text("SELECT max(CAST(CAST(xid AS text) AS bigint)) FROM events")).scalar()
    assert place > newest


def test_a_listen_that_goes_on_changes_nothing_until_there_is_something(database: Database) -> None:
    """It is put aside and tried again: no row is written, and the event comes in the end."""
    mine = follow(database)
    first = listen(database, mine)

    def version() -> Any:
        with Session(database.reader) as session:
            return session.execute(text("SELECT ctid FROM subscriptions")).scalar()

    before = version()
    assert listen(database, mine, epoch=first.epoch).event is None
    assert before == version()
    happen(database, "a")
    assert "a" == until(lambda: listen(database, mine, epoch=first.epoch).event, PATIENCE_S).type


def test_a_later_listen_overtakes(database: Database) -> None:
    """The older one is told so, takes nothing and acknowledges nothing."""
    mine = follow(database)
    older, newer = listen(database, mine), listen(database, mine)
    happen(database, "a")
    settle(database, 1)

    assert (None, True) == (
        (late := listen(database, mine, epoch=older.epoch)).event,
        late.overtaken,
    )
    found = listen(database, mine, epoch=newer.epoch).event
    assert found is not None
    assert "a" == found.type


def test_durable_goes_on_behind_what_was_acknowledged(database: Database) -> None:
    """Who subscribes again with the same id is given again what he was given last, and all that came since."""
    mine = follow(database, subscriber_id="svc:c")
    happen(database, *"abc")
    assert "ab" == heard(database, mine, 2)
    happen(database, "d")

    assert mine == follow(database, subscriber_id="svc:c")

    assert "bcd" == heard(database, mine, 3)


def test_durable_has_no_ceiling(database: Database) -> None:
    """More events than any queue would hold are all there."""
    mine = follow(database, subscriber_id="svc:c")
    many = 1500
    transact(database, lambda s: [log.append(s, "c", str(n), "s", {}) for n in range(many)])

    after = until(lambda: listen(database, mine).event, PATIENCE_S)
    last = read(database, lambda s: log.read(s, "c", Position(), many))[-2]
    assert "0" == after.type
    final = listen(database, mine, steering=Steering(after=Position(last.xid, last.id))).event
    assert final is not None
    assert str(many - 1) == final.type


def test_an_id_belongs_to_who_made_it(database: Database) -> None:
    """Another user, or another channel, is refused."""
    follow(database, subscriber_id="svc:c")

    with pytest.raises(Conflict):
        follow(database, subscriber_id="svc:c", username="bob")
    with pytest.raises(Conflict):
        follow(database, channel="d", subscriber_id="svc:c")


def test_steering(database: Database) -> None:
    """``acknowledged`` says up to where all is there; ``after`` reads from a place and acknowledges nothing."""
    mine = follow(database, subscriber_id="svc:c")
    happen(database, *"abcd")
    settle(database, 4)
    a, b, c, _ = (Position(e.xid, e.id) for e in read(database, lambda s: log.read(s, "c", Position())))

    def go(**where: Position) -> str:
        return heard(database, mine, 1, steering=Steering(**where))

    assert ["a", "c", "b"] == [heard(database, mine, 1), go(after=b), go(acknowledged=a)]
    assert ["d", "b"] == [go(after=c), go(acknowledged=a)]
    assert "cd" == heard(database, mine, 2)


def test_only_the_follower_may(database: Database) -> None:
    """Others are refused, whatever they ask; what is not there is not found."""
    mine = follow(database)

    with pytest.raises(Forbidden):
        listen(database, mine, "bob")
    with pytest.raises(Forbidden):
        transact(database, lambda s: subscriptions.unsubscribe(s, mine, "bob"))
    transact(database, lambda s: subscriptions.unsubscribe(s, mine, "ann"))
    with pytest.raises(NotFound, match=f"Subscription id not found: {mine}"):
        listen(database, mine)


def test_the_silent_are_forgotten(database: Database) -> None:
    """Plain ones sooner than durable ones; who listens stays."""
    plain, durable = follow(database), follow(database, subscriber_id="x")
    kept = follow(database, "k")
    transact(database, lambda s: subscriptions.listen(s, kept, "ann", at(7200)))

    def forget(plain_before: datetime.datetime, durable_before: datetime.datetime) -> list[int]:
        transact(database, lambda s: subscriptions.forget(s, plain_before, durable_before, 10))
        return [each.id for each in read(database, subscriptions.listed)]

    assert [plain, durable, kept] == forget(NOW, NOW)
    assert [durable, kept] == forget(at(1), NOW)
    assert [kept] == forget(at(3600), at(3600))


def test_a_restored_log_carries_its_followers_along(database: Database) -> None:
    """After transactions are counted anew, everybody goes on behind what he has acknowledged."""
    mine = follow(database, subscriber_id="x")
    happen(database, *"abc")
    assert "ab" == heard(database, mine, 2)

    transact(database, log.start_over)
    happen(database, "d")

    follow(database, subscriber_id="x")
    assert "bcd" == heard(database, mine, 3)


def test_an_owner_is_kept(database: Database) -> None:
    """What is appended for a user says so, and what is published carries its attributes."""
    transact(database, lambda s: log.publish(s, "c", "t", ["x"], owner="ann", extensions={"source": "here"}))
    settle(database, 1)
    (event,) = read(database, lambda s: log.read(s, "c", Position()))

    assert ("ann", ["x"], {"source": "here"}) == (
        event.owner, orjson.loads(event.data), orjson.loads(event.extensions)
    )  # fmt: skip

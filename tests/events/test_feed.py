"""What the reader of a process sees: everything, in order, page by page; and whom it wakes."""

from typing import Any

import orjson
import pytest

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.events import feed, lists, log
from paddles.events.feed import Seen
from paddles.events.log import Position
from tests.waiting import until

# An open transaction anywhere on the server holds every reader back, one of another test's too.
PATIENCE_S = 120
BEGIN = Position()
BIG = "x" * (feed.PAGE_BYTES // 2 + 1)


def happen(database: Database, *said: tuple[str, Any], owner: str | None = None) -> None:
    """Let events happen in one transaction, each on its channel."""
    transact(database, lambda s: [log.append(s, channel, "t", "s", {"d": data}, owner=owner) for channel, data in said])


def look(database: Database, after: Position | None = BEGIN, topics: str = "", keys: tuple[str, ...] = ()) -> Seen:
    """Look once."""
    return read(database, lambda s: feed.look(s, after, topics.split(), keys, "here"))


def since(database: Database, after: Position, topics: str) -> Seen:
    """Look for the events of some channels alone."""
    return read(database, lambda s: feed.since(s, after, topics.split(), "here"))


def settled(database: Database, many: int) -> None:
    """Wait until so many events can be read."""
    until(lambda: len(look(database, BEGIN, "*").items) >= many, PATIENCE_S)


def data(seen: Seen) -> list[Any]:
    """Return what the events say."""
    return [orjson.loads(item.event)["data"]["d"] for item in seen.items]


@pytest.mark.parametrize("promiscuous", [False, True])
@pytest.mark.parametrize("owner", [None, "ann", "bob"])
def test_who_is_woken(database: Database, owner: str | None, promiscuous: bool) -> None:
    """Those whom an event is for, by channel and by owner."""
    happen(database, ("c", 1), owner=owner)
    settled(database, 1)
    seen = look(database)

    mine = feed.waiting_for("c", "ann", promiscuous=promiscuous)
    assert (promiscuous or owner != "bob") == (not seen.keys.isdisjoint(mine))
    assert seen.keys.isdisjoint(feed.waiting_for("d", "ann", promiscuous=promiscuous))


def test_lists_that_hold_something(database: Database) -> None:
    """Who waits for a list is woken while there is something in it."""
    keys = feed.waiting_for_item("l") + feed.waiting_for_item("m")
    assert frozenset() == look(database, None, keys=keys).keys
    transact(database, lambda s: lists.push(s, "l", b"{}"))

    assert frozenset(feed.waiting_for_item("l")) == look(database, None, keys=keys).keys


def test_looking_goes_on_where_it_ended(database: Database) -> None:
    """From the end of the log as it is, each look sees what is new; events only of what is asked for."""
    happen(database, ("c", 0))
    settled(database, 1)
    end = until(lambda: found if not look(database, found := look(database, None).upto, "*").items else None)
    happen(database, ("c", 1), ("d", 2))
    settled(database, 3)

    first = look(database, end, "d")
    assert ([2], False) == (data(first), first.more)
    assert ([], False) == (data(again := look(database, first.upto, "*")), again.more)


@pytest.mark.parametrize("step", [look, since])
def test_large_events_come_page_by_page(database: Database, step: Any) -> None:
    """A page ends before it is too large, whatever lies between, and nothing is left out."""
    happen(database, ("c", BIG), ("d", 1), ("c", BIG + "2"), ("d", 2), ("c", "last"), ("d", 3))
    settled(database, 1)
    place, pages = BEGIN, []
    while True:
        seen = step(database, place, "c")
        pages.append([text[-1] for text in data(seen)])
        place = seen.upto
        if not seen.more:
            break

    assert [["x", "2"], ["t"]] == [page for page in pages if page]


def test_many_events_come_page_by_page(database: Database) -> None:
    """No look reads more than a page."""
    happen(database, *[("c", n) for n in range(feed.PAGE + 3)])
    settled(database, 1)

    first = look(database, BEGIN, "c")
    second = look(database, first.upto, "c")

    assert (feed.PAGE, True, 3, False) == (len(first.items), first.more, len(second.items), second.more)
    assert [*range(feed.PAGE + 3)] == data(first) + data(second)


def test_what_was_done_to_accounts_is_not_told(database: Database) -> None:
    """Neither to who asks for everything nor to who asks for it by name."""
    happen(database, (log.AUDIT, 1), ("other", 2))

    for topics in (feed.EVERY, f"{log.AUDIT} other"):
        until(lambda topics=topics: look(database, topics=topics).items, PATIENCE_S)  # type: ignore[misc]
        seen = read(database, lambda s, topics=topics: feed.since(s, BEGIN, topics.split(), "x"))  # type: ignore[misc]
        looked = look(database, topics=topics)
        assert ["other"] == [item.channel for item in seen.items] == [item.channel for item in looked.items]

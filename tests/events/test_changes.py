"""What has changed since a place in the log, topic by topic."""

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.events import changes, feed, log
from paddles.events.feed import Seen
from paddles.events.log import Position
from tests.waiting import until

# An open transaction anywhere on the server holds every reader back, one of another test's too.
PATIENCE_S = 120
BEGIN = Position()
ALL = ("run:a", "run:b", "runs", "queue", "nodes", "regressions")


def happen(database: Database, *said: tuple[str, object]) -> Position:
    """Let events happen in one transaction, wait until they can be read, and return the place behind them."""
    before = read(database, log.now)
    transact(database, lambda s: [log.append(s, channel, "t", "s", data) for channel, data in said])  # type: ignore[arg-type]

    def settled() -> Position | None:
        found = read(database, lambda s: feed.since(s, before, ["*"], "here"))
        return found.upto if len(found.items) == len(said) else None

    return until(settled, PATIENCE_S)


def changed(database: Database, after: Position | None = BEGIN, wanted: tuple[str, ...] = ALL) -> Seen:
    """Look once."""
    return read(database, lambda s: changes.look(s, after, wanted))


def told(seen: Seen) -> list[str]:
    """Return the topics of what was found."""
    return [item.channel for item in seen.items]


def test_much_that_happens_is_told_once(database: Database) -> None:
    """However many events there are of a topic, in the order in which they came last; only what is wanted."""
    happen(database, *[("job", {"run": "a"})] * 50, ("queue", {"queue": "q"}), ("job", {"run": "x"}))
    end = happen(database, ("run", {"run": "b"}))
    seen = changed(database)

    assert ["run:a", "queue", "run:b", "runs"] == told(seen)
    assert sorted(item.place for item in seen.items) == [item.place for item in seen.items]
    assert (b'{"topic":"run:a"}', "changed") == (seen.items[0].event, seen.items[0].name)
    # Other transactions of the server may have ended meanwhile.
    assert end <= seen.upto
    assert not seen.more
    assert [] == told(changed(database, seen.upto))
    assert ["run:b", "runs"] == told(changed(database, seen.items[1].at))


def test_a_look_is_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes page by page, and misses nothing at their ends."""
    monkeypatch.setattr(changes, "PAGE", 2)
    happen(database, *[("run", {"run": name}) for name in "aabba"])
    place, found = BEGIN, []
    for _ in range(3):
        seen = changed(database, place, ("run:a", "run:b"))
        place, found = seen.upto, [*found, (told(seen), seen.more)]

    assert [(["run:a"], True), (["run:b"], True), (["run:a"], False)] == found


def test_who_was_away_too_long_is_told_of_everything(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one whose place is of a log that has gone further; the others are told what has changed."""
    happen(database, *[("run", {"run": "a"})] * 3)

    def replay(after: Position) -> list[str]:
        return told(read(database, lambda s: changes.replay(s, after, ALL)))

    assert ["run:a", "runs"] == replay(BEGIN)
    assert sorted(ALL) == replay(Position(2**60))
    monkeypatch.setattr(changes, "REPLAYED", 3)
    assert sorted(ALL) == replay(BEGIN)


def test_the_place_of_a_moment_ago(database: Database) -> None:
    """What happened since is behind it; where nothing did it is the end of the log."""
    assert [] == told(read(database, lambda s: changes.replay(s, changes.before(s, 60), ALL)))
    happen(database, ("run", {"run": "a"}))

    assert ["run:a", "runs"] == told(read(database, lambda s: changes.replay(s, changes.before(s, 60), ALL)))


def test_what_cannot_be_read_yet_is_not_behind_the_end(database: Database) -> None:
    """What happens while an older transaction is open is told of when that has ended, and not as of another log."""
    with database.writer.connect() as other:
        other.execute(text("SELECT pg_current_xact_id()"))
        transact(database, lambda s: log.append(s, "run", "t", "s", {"run": "a"}))

        assert [] == told(read(database, lambda s: changes.replay(s, changes.before(s, 60), ALL)))

    seen = until(lambda: told(read(database, lambda s: changes.replay(s, changes.before(s, 60), ALL))), PATIENCE_S)
    assert ["run:a", "runs"] == seen


@pytest.mark.parametrize("data", [None, 1, "run", ["run"], {}, {"run": None}, {"run": {"a": 1}}, {"run": "x" * 5000}])
def test_whatever_is_published_breaks_nothing(database: Database, data: object) -> None:
    """Users may write to channels of ours what they like."""
    transact(database, lambda s: log.publish(s, "run", "t", data, owner=None, extensions={}))

    until(lambda: "runs" in told(changed(database)), PATIENCE_S)

"""Documents that were received: taken one after the other, ended, tried again, forgotten."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from paddles.archive import contents, files, receipts
from paddles.archive.disks import Disk
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import NotFound, Unavailable
from tests.concurrency.threads import together
from tests.conftest import NOW
from tests.units import at, rows

LATER = 1 + receipts.PATIENCE.total_seconds()


def receive(database: Database, name: str, *, now: datetime.datetime = NOW, **said: Any) -> bytes:
    """Receive a document and return what its content is called."""
    digest = contents.digest(name.encode())
    transact(database, lambda session: files.expect(session, {digest: len(name)}, now))
    transact(database, lambda session: receipts.add(session, "s", {name: digest}, now, **said))
    return digest


def take(database: Database, now: datetime.datetime = NOW) -> Any:
    """Take the next document."""
    return transact(database, lambda session: receipts.take(session, now))


def end(database: Database, taken: Any, reason: str = "") -> str:
    """End the reading of a document."""
    return transact(database, lambda session: receipts.end(session, taken.id, reason, NOW))


def state_of(database: Database, name: str) -> tuple[str, str]:
    """Return the state of a document, and its reason."""
    found = read(database, lambda session: receipts.one(session, "s", name))
    assert found is not None
    return found.state, found.reason


def test_documents_are_read_in_the_order_in_which_they_came(database: Database) -> None:
    """One after the other: what is being read keeps those behind it waiting."""
    digest = receive(database, "a", origin="o", username="ann")
    receive(database, "b")

    first = take(database)
    assert ("a", digest, "o", 1) == (first.external_id, bytes(first.digest), first.origin, first.attempt)
    assert ("taken", "") == state_of(database, "a")
    assert take(database) is None

    assert "processed" == end(database, first)
    assert "b" == take(database).external_id


def test_one_takes_what_many_want(database: Database) -> None:
    """However many sweeps there are."""
    receive(database, "a")

    assert 1 == sum(taken is not None for taken in together(8, lambda _: take(database)))


def test_a_document_whose_reader_died_is_read_again(database: Database) -> None:
    """When nothing was heard of him for a while."""
    receive(database, "a")
    taken = take(database)
    transact(database, lambda session: receipts.beat(session, [taken.id], at(60)))

    assert take(database, at(LATER)) is None
    again = take(database, at(60 + LATER))
    assert ("a", 2) == (again.external_id, again.attempt)


def test_what_failed_says_why_and_can_be_tried_again(database: Database) -> None:
    """As often as one likes; what did not fail cannot."""
    receive(database, "a")
    assert "failed" == end(database, take(database), "x" * 9999)
    assert ("failed", "x" * receipts.LONGEST_REASON) == state_of(database, "a")
    assert take(database) is None

    transact(database, lambda session: receipts.again(session, "s", "a", NOW))

    assert ("ready", "") == state_of(database, "a")
    assert 1 == take(database).attempt
    for name in ("a", "b"):
        with pytest.raises(NotFound):
            transact(database, lambda session, name=name: receipts.again(session, "s", name, NOW))  # type: ignore[misc]


def test_receipts_are_listed_by_state(database: Database) -> None:
    """The oldest first."""
    for name in ("a", "b", "c"):
        receive(database, name)
    end(database, take(database), "no")

    def names(state: str) -> list[str]:
        return [row.external_id for row in read(database, lambda session: receipts.listed(session, state, 10))]

    assert (["a"], ["b", "c"], []) == (names("failed"), names("ready"), names("processed"))


def test_contents_of_receipts_stay_and_go_with_them(database: Database, tmp_path: Path) -> None:
    """Until a while after the last receipt that names one is forgotten; what is not read is not forgotten."""
    store = Disk(tmp_path)
    for name in ("a", "b"):
        contents.keep(store, name.encode())
        receive(database, name)
    end(database, take(database))

    def clean() -> int:
        return transact(database, lambda session: files.clean(session, store, at(99999), 10))

    def forget(*sources: str) -> int:
        return transact(database, lambda session: receipts.forget(session, list(sources), at(1), 10))

    assert (0, 0, 1, 0) == (clean(), forget("other"), forget("s", "other"), forget("s"))
    assert (1, 0) == (clean(), clean())
    assert [("b",)] == [tuple(row) for row in rows(database, "SELECT external_id FROM receipts")]
    assert b"b" == contents.read(store, contents.digest(b"b"))


def test_a_content_that_is_gone_is_to_be_sent_again(database: Database) -> None:
    """A receipt of nothing is none."""
    with pytest.raises(Unavailable):
        transact(database, lambda session: receipts.add(session, "s", {"a": contents.digest(b"a")}, NOW))

    assert read(database, lambda session: receipts.one(session, "s", "a")) is None


def together_taken(database: Database, now: datetime.datetime = NOW, **said: Any) -> list[str]:
    """Take the next documents together and return what they are called."""
    some = transact(database, lambda session: receipts.take_some(session, now, **{"many": 3, **said}))
    return [row.external_id for row in some]


def test_small_documents_are_taken_together(database: Database) -> None:
    """As many as are asked for, in their order; nobody else gets any until these are read."""
    for name in "abcde":
        receive(database, name)

    assert ["a", "b", "c"] == together_taken(database)
    assert [] == together_taken(database)
    assert [] == together_taken(database, at(LATER - 2))


def test_those_of_whoever_died_are_taken_one_by_one(database: Database) -> None:
    """Over which of them it was nobody knows: no other one is to suffer with it."""
    for name in "abc":
        receive(database, name)
    together_taken(database)

    for name in "abc":
        assert [name] == together_taken(database, at(LATER))
        end(database, rows(database, "SELECT id FROM receipts WHERE external_id = :name", name=name)[0])


def test_what_is_of_many_things_is_taken_alone(database: Database) -> None:
    """And what comes behind it waits."""
    for name in "ab":
        receive(database, name)

    assert ["a"] == together_taken(database, alone=("s",))


def test_large_documents_are_not_taken_together(database: Database) -> None:
    """All of those that are have so many bytes at most."""
    for name in ("large", "a", "b"):
        receive(database, name)
    digest = contents.digest(b"large")
    grown = text("UPDATE contents SET size = :size WHERE digest = :digest")
    transact(database, lambda session: session.execute(grown, {"size": receipts.SMALL, "digest": digest}))

    assert ["large"] == together_taken(database)

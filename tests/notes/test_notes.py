"""Notes stand beside one thing, are told of in the log, and go with what they stand beside."""

from typing import Any

import orjson
import pytest
from sqlalchemy import text

from paddles.archive import jobs, runs
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Conflict, Invalid, NotFound
from paddles.lab import machines
from paddles.notes import notes, subjects
from paddles.notes.subjects import Subject
from tests.conftest import NOW
from tests.controllers.test_statements import counted
from tests.notes.things import JOB, MACHINE, RUN, TEST, end, listed, make, texts, write
from tests.units import at, events_of, rows, submit

URL = "https://tracker.example/1"
REGRESSIONS_GONE = text("DELETE FROM regressions")


def told(database: Database) -> list[tuple[str, str, Any]]:
    """Return the type, the subject and the data of the events about notes."""
    return [(event.type, event.subject, orjson.loads(event.data)) for event in events_of(database, notes.CHANNEL)]


def test_everything_has_notes_of_its_own(database: Database) -> None:
    """Each is found beside its thing alone, by the number and by the names of that, and names it."""
    for kind, subject in make(database).items():
        number = write(database, subject, f"of {kind}")

        assert [f"of {kind}"] == texts(database, subject)
        row = read(database, lambda s, n=number: notes.one(s, n))  # type: ignore[misc]
        assert subject == subjects.of(row)
        assert ("note", "", "ann", NOW, None, "") == (row.kind, row.url, row.author, row.at, row.ended, row.ended_by)
        assert subject == subjects.named(subject.said)


def test_who_writes_and_who_ends_is_in_the_log(database: Database) -> None:
    """One event each, with what it is about; what was written is not repeated there."""
    submit(database)
    number = write(database, JOB)
    end(database, number)

    data = {"run": "r", "job": "1", "note": number, "kind": "note"}
    place = "runs/r/jobs/1"
    assert [("note.added", place, {**data, "by": "ann"}), ("note.ended", place, {**data, "by": "bob"})] == told(
        database
    )


def test_the_newest_come_first_behind_what_is_only_once(database: Database) -> None:
    """What has ended is left out, unless it is asked for."""
    submit(database)
    write(database, RUN, "pinned", kind="pin")
    numbers = [write(database, RUN, said, now=at(second)) for second, said in enumerate("abc", start=1)]
    end(database, numbers[1])

    assert ["pinned", "c", "a"] == texts(database, RUN)
    assert ["pinned", "c", "b", "a"] == [row.text for row in listed(database, RUN, ended=True)]


def test_an_ended_note_does_not_end_again(database: Database) -> None:
    """Who comes second is told who was first; what there is not cannot be ended."""
    submit(database)
    number = write(database, RUN)
    assert RUN == end(database, number)

    with pytest.raises(Conflict, match="ended already, by bob"):
        end(database, number, "eve")
    for other in (number + 1, 2**64):
        with pytest.raises(NotFound):
            end(database, other)
    assert 2 == len(told(database))


@pytest.mark.parametrize(("kind", "subject"), [("pin", RUN), ("quarantine", TEST)])
def test_a_mark_is_there_once(database: Database, kind: str, subject: Subject) -> None:
    """A second one is refused until the first has ended; no other thing can have it."""
    things = make(database)
    number = write(database, subject, "", kind=kind)
    with pytest.raises(Conflict, match=kind):
        write(database, subject, "", kind=kind)
    end(database, number)
    write(database, subject, "", kind=kind)

    for other in things.values():
        if other != subject:
            with pytest.raises(Invalid, match="alone"):
                write(database, other, "", kind=kind)


@pytest.mark.parametrize(
    "said",
    [
        {"text": ""},
        {"text": " \n "},
        {"text": "x" * 4001},
        {"text": "a\0"},
        {"kind": "issue"},
        {"kind": "other"},
        {"url": URL},
        {"kind": "pin", "url": URL},
        {"kind": "issue", "url": "javascript:alert(1)"},
        {"kind": "issue", "url": f"https://a/{'x' * 2000}"},
    ],
)
def test_what_cannot_be_a_note_is_refused(database: Database, said: dict[str, str]) -> None:
    """Nothing is kept of it, and nothing told."""
    submit(database)
    with pytest.raises(Invalid):
        write(database, RUN, **said)
    assert [] == listed(database, RUN)
    assert [] == told(database)


def test_an_issue_has_an_address(database: Database) -> None:
    """And need not say more."""
    submit(database)
    write(database, JOB, "", kind="issue", url=URL)

    assert [("issue", URL, "")] == [(row.kind, row.url, row.text) for row in listed(database, JOB)]


@pytest.mark.parametrize(
    "subject",
    [
        *(Subject("run", "x"), Subject("job", "r", "x"), Subject("job", "x", "1"), Subject("machine", "x")),
        *(Subject("test", "x"), Subject("failure", "0" * 16), Subject("failure", "x"), Subject("regression", "1")),
        *(Subject("regression", "9" * 19), Subject("regression", "x")),
    ],
)
def test_what_is_not_there_has_no_notes(database: Database, subject: Subject) -> None:
    """It is not found, to be read or to be written."""
    submit(database)
    for attempt in (write, listed):
        with pytest.raises(NotFound):
            attempt(database, subject)


@pytest.mark.parametrize(
    "said", [{}, {"job": "1"}, {"run": "r", "machine": "m"}, {"run": "r", "job": "1", "test": "t"}]
)
def test_one_thing_is_named(said: dict[str, str]) -> None:
    """None, or several, is refused; what is blank names nothing."""
    with pytest.raises(Invalid, match="name one of"):
        subjects.named({**dict.fromkeys(("failure", "regression"), ""), **said})


@pytest.mark.parametrize("kind", ["run", "job", "machine", "regression"])
def test_notes_go_with_what_they_stand_beside(database: Database, kind: str) -> None:
    """With a run go those of its jobs; all others stay."""
    things = make(database)
    numbers = {each: write(database, subject) for each, subject in things.items()}
    gone = {
        "run": lambda s: runs.delete(s, "r"),
        "job": lambda s: jobs.delete(s, "r", "1", NOW),
        "machine": lambda s: machines.delete(s, "m"),
        "regression": lambda s: s.execute(REGRESSIONS_GONE),
    }

    transact(database, gone[kind])

    left = {row.id for row in rows(database, "SELECT id FROM notes")}
    with_it = {kind, "job"} if kind == "run" else {kind}
    assert left == {number for each, number in numbers.items() if each not in with_it}


def test_notes_of_many_things_are_counted_in_one_statement(database: Database) -> None:
    """However many there are; what has none, or only ended ones, is left out."""
    for key in ("1", "2", "3"):
        submit(database, key=key)
    write(database, JOB)
    write(database, JOB)
    end(database, write(database, Subject("job", "r", "2")))
    ids = {row.key: row.id for row in rows(database, "SELECT id, key FROM jobs")}

    with counted() as statements:
        found = read(database, lambda s: notes.counted(s, "job", list(ids.values())))

    assert ({ids["1"]: 2}, 1) == (found, len(statements))
    assert {} == read(database, lambda s: notes.counted(s, "job", []))


def test_pinned_runs_are_found_at_once(database: Database) -> None:
    """The last one first, with who did it, in one statement; unpinned ones are not there."""
    for second, name in enumerate(("a", "b", "c", "d")):
        submit(database, name)
        write(database, Subject("run", name), f"why {name}", kind="pin", now=at(second))
    end(database, listed(database, Subject("run", "b"))[0].id)

    with counted() as statements:
        found = read(database, notes.pinned)
    assert 1 == len(statements)
    assert [("d", 1, "why d", "ann"), ("c", 1, "why c", "ann"), ("a", 1, "why a", "ann")] == [
        (row.name, row.n_unknown + row.n_queued, row.text, row.author) for row in found
    ]
    assert {"a", "d"} == read(database, lambda s: notes.pinned_of(s, ["a", "b", "d", "x"]))
    assert frozenset() == read(database, lambda s: notes.pinned_of(s, []))


def test_a_machine_that_is_named_anew_has_none_of_the_old_notes(database: Database) -> None:
    """Notes belong to the thing, not to its name."""
    make(database)
    write(database, MACHINE)
    transact(database, lambda s: machines.delete(s, "m"))
    transact(database, lambda s: machines.create(s, "m", {}, NOW))

    assert [] == listed(database, MACHINE)

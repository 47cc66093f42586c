"""One thing of each kind that notes stand beside, and notes there."""

from typing import Any

from paddles.archive import links
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.notes import notes, subjects
from paddles.notes.notes import Written
from paddles.notes.subjects import Subject
from tests.analysis.boots import Boot, tell
from tests.conftest import NOW
from tests.units import accept, job_of, register, rows, submit

RUN, JOB, MACHINE, TEST = Subject("run", "r"), Subject("job", "r", "1"), Subject("machine", "m"), Subject("test", "s/c")
REASON = "osd.1 crashed on smithi001"


def make(database: Database) -> dict[str, Subject]:
    """Make one thing of each kind and return them by it."""
    submit(database)
    accept(database, success=False, failure_reason=REASON)
    register(database)
    tell(database, Boot("8", 1, {"s/c": "pass"}), Boot("9", 2, {"s/c": "fail"}))
    (regression,) = rows(database, "SELECT id FROM regressions")
    failure = Subject("failure", links.group(job_of(database).failure_id))
    return {each.kind: each for each in (RUN, JOB, MACHINE, TEST, failure, Subject("regression", str(regression.id)))}


def write(database: Database, subject: Subject, text: str = "seen", **said: Any) -> int:
    """Write a note as ann, and return its number."""
    by, now = said.pop("by", "ann"), said.pop("now", NOW)
    return transact(database, lambda s: notes.add(s, subject, Written(text=text, **said), by, now))


def end(database: Database, number: int, by: str = "bob") -> Subject:
    """End a note."""
    return transact(database, lambda s: notes.end(s, number, by, NOW))


def listed(database: Database, subject: Subject, *, ended: bool = False) -> list[Any]:
    """Return the notes beside something."""
    return read(database, lambda s: list(notes.of(s, subject.kind, subjects.find(s, subject), ended=ended)))


def texts(database: Database, subject: Subject) -> list[str]:
    """Return what the notes beside something say."""
    return [row.text for row in listed(database, subject)]

"""Notes beside things: written, ended and found; each of the former is an event of the same unit of work."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.archive.status import STATUSES
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound
from paddles.events import log
from paddles.notes import checks, subjects
from paddles.notes.models import COLUMNS, KINDS, LONGEST_TEXT, LONGEST_URL
from paddles.notes.subjects import Subject

CHANNEL = "note"
LARGEST_ID = 2**63 - 1
# What stands beside one thing alone, and only once at a time.
ONLY = {"pin": "run", "quarantine": "test"}
# So many of the newest are shown of one thing, and so many runs are pinned for all.
MOST, MOST_PINNED = 100, 50
_OWN = "notes.id, notes.kind, notes.text, notes.url, notes.author, notes.at, notes.ended, notes.ended_by"

ADD = text(f"""
    INSERT INTO notes (kind, {", ".join(COLUMNS.values())}, text, url, author, at)
    VALUES (:kind, {", ".join(f":{column}" for column in COLUMNS.values())}, :text, :url, :author, :at)
    ON CONFLICT DO NOTHING RETURNING id
""")
END = text("UPDATE notes SET ended = :now, ended_by = :by WHERE id = :id AND ended IS NULL RETURNING id")
NAMED = text(f"SELECT {_OWN}, {subjects.NAMED} FROM notes {subjects.JOINED} WHERE notes.id = :id")
OF = {
    kind: text(f"""
        SELECT {_OWN} FROM notes WHERE {column} = :id AND (:ended OR ended IS NULL)
        ORDER BY ended IS NULL AND kind = ANY (:marks) DESC, at DESC, id DESC LIMIT :limit
    """)
    for kind, column in COLUMNS.items()
}
COUNTED = {
    kind: text(f"""
        SELECT {column} AS id, count(*) AS notes FROM notes
        WHERE {column} = ANY (CAST(:ids AS bigint[])) AND ended IS NULL GROUP BY {column}
    """)
    for kind, column in COLUMNS.items()
}
PINNED = text(f"""
    SELECT runs.name, runs.status, {", ".join(f"runs.n_{status}" for status in STATUSES)},
        notes.text, notes.author, notes.at
    FROM notes JOIN runs ON runs.id = notes.run_id WHERE notes.kind = 'pin' AND notes.ended IS NULL
    ORDER BY notes.at DESC, notes.id DESC LIMIT :limit
""")
PINNED_OF = text("""
    SELECT runs.name FROM notes JOIN runs ON runs.id = notes.run_id
    WHERE notes.kind = 'pin' AND notes.ended IS NULL AND runs.name = ANY (:names)
""")


@dataclass(frozen=True)
class Written:
    """What somebody wrote: a ``kind`` (of ``KINDS``), a text, and of an issue its address."""

    kind: str = "note"
    text: str = ""
    url: str = ""


def add(session: Session, subject: Subject, written: Written, by: str, now: datetime.datetime) -> int:
    """Write a note beside something and return its number.

    Raises:
        NotFound: there is no such thing.
        Invalid: the text is blank or too long, the address is none, or nothing of the kind stands there.
        Conflict: the run is pinned already, or the test in quarantine.
    """
    checked = _checked(subject, written)
    number = subjects.keep(session, subject)
    values: dict[str, Any] = dict.fromkeys(COLUMNS.values()) | {subject.column: number}
    values |= {"kind": checked.kind, "text": checked.text, "url": checked.url, "author": by, "at": now}
    made = session.scalar(ADD, values)
    if made is None:
        raise Conflict(f"this {subject.kind} has a {checked.kind} already")
    _tell(session, "note.added", subject, int(made), checked.kind, by)
    return int(made)


def end(session: Session, number: int, by: str, now: datetime.datetime) -> Subject:
    """End a note and return what it stands beside. It is still found by who asks for ended ones.

    Raises:
        NotFound: there is no such note.
        Conflict: somebody has ended it already.
    """
    ended = number <= LARGEST_ID and session.scalar(END, {"id": number, "by": by, "now": now}) is not None
    row = one(session, number)
    if not ended:
        raise Conflict(f"note {number} was ended already, by {row.ended_by}")
    subject = subjects.of(row)
    _tell(session, "note.ended", subject, number, row.kind, by)
    return subject


def one(session: Session, number: int) -> Row[Any]:
    """Return a note with the columns that ``subjects.of`` needs. Raises NotFound."""
    row = session.execute(NAMED, {"id": number}).first() if number <= LARGEST_ID else None
    if row is None:
        raise NotFound(f"there is no note {number}")
    return row


def of(session: Session, kind: str, number: int, *, ended: bool = False, limit: int = MOST) -> Sequence[Row[Any]]:
    """Return the newest notes beside the thing of a kind and a number, the newest first; ``ended`` ones, too.

    Rows: ``id kind text url author at ended ended_by``. What a thing has only once stands before all others.
    """
    values = {"id": number, "ended": ended, "marks": list(ONLY), "limit": limit}
    return session.execute(OF[kind], values).all()


def counted(session: Session, kind: str, numbers: Collection[int]) -> Mapping[int, int]:
    """Return how many notes that have not ended stand beside each of some things; what has none is left out."""
    if not numbers:
        return {}
    return {int(row.id): int(row.notes) for row in session.execute(COUNTED[kind], {"ids": list(numbers)})}


def pinned(session: Session, limit: int = MOST_PINNED) -> Sequence[Row[Any]]:
    """Return the runs that are pinned for all, the last one first: ``name status n_<status> text author at``."""
    return session.execute(PINNED, {"limit": limit}).all()


def pinned_of(session: Session, names: Collection[str]) -> frozenset[str]:
    """Return which of some runs are pinned for all."""
    return frozenset(session.scalars(PINNED_OF, {"names": list(names)})) if names else frozenset()


def _checked(subject: Subject, written: Written) -> Written:
    if written.kind not in KINDS:
        raise Invalid(f"kind is one of {', '.join(KINDS)}")
    if ONLY.get(written.kind, subject.kind) != subject.kind:
        raise Invalid(f"a {written.kind} stands beside a {ONLY[written.kind]} alone")
    said = checks.text(written.text, "text", LONGEST_TEXT)
    url = checks.address(written.url, "url", LONGEST_URL)
    if written.kind == "note" and not said:
        raise Invalid("text must not be blank")
    if (written.kind == "issue") != bool(url):
        raise Invalid("an issue has a url, and nothing else has one")
    return Written(written.kind, said, url)


def _tell(session: Session, type_: str, subject: Subject, number: int, kind: str, by: str) -> None:
    data = {**subject.said, "note": number, "kind": kind, "by": by}
    log.append(session, CHANNEL, type_, subject.place, data)

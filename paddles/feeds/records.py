"""What is kept of feeds: that one runs, what it did, and which documents were ever brought."""

import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from paddles.db.session import Session

# Held for as long as a feed runs, by a transaction that does nothing else: it keeps no row from anybody.
ALONE = text("SELECT pg_try_advisory_xact_lock(7233468)")
PATIENT = text("SET LOCAL idle_in_transaction_session_timeout = 0")

# Whoever begins is alone: a feed that has not ended was cut short.
CLOSE = text("UPDATE feeds SET ended = :now, fault = 'it was cut short' WHERE ended IS NULL")
START = text("INSERT INTO feeds (source, begun, found, known) VALUES (:source, :now, :found, :known) RETURNING id")
COUNT = text("""
    UPDATE feeds SET created = created + :created, duplicates = duplicates + :duplicates, failed = failed + :failed
    WHERE id = :id
""")
END = text("UPDATE feeds SET ended = :now, fault = :fault WHERE id = :id")
KNOWN = text("""
    SELECT kind, source_id FROM fed WHERE source = :source AND source_id = ANY (:ids)
""")
NOTE = text("""
    INSERT INTO fed (source, kind, source_id, digest, at) VALUES (:source, :kind, :source_id, :digest, :now)
    ON CONFLICT (source, kind, source_id) DO NOTHING
""")
LAST = text("""
    SELECT DISTINCT ON (source) id, source, begun, ended, found, known, created, duplicates, failed, fault
    FROM feeds ORDER BY source, begun DESC, id DESC
""")
FORGET = text("""
    DELETE FROM fed WHERE id IN (SELECT id FROM fed WHERE at < :before ORDER BY at LIMIT :limit)
""")
FORGET_FEEDS = text("""
    DELETE FROM feeds WHERE id IN (SELECT id FROM feeds WHERE ended < :before ORDER BY begun LIMIT :limit)
""")


class Outcome(NamedTuple):
    """What became of some documents that were fetched."""

    created: int = 0
    duplicates: int = 0
    failed: int = 0

    def plus(self, other: "Outcome") -> "Outcome":
        """Return what became of these and of others."""
        return Outcome(*map(sum, zip(self, other, strict=True)))


def alone(session: Session) -> bool:
    """Say whether no other feed runs; none begins until the end of this transaction, however long nothing happens."""
    session.later(PATIENT)
    return bool(session.scalar(ALONE))


def start(session: Session, source: str, found: int, known: int, now: datetime.datetime) -> int:
    """Note that a feed begins, which found so many documents, of which some are known, and return its number."""
    session.later(CLOSE, {"now": now})
    return int(session.scalar(START, {"source": source, "found": found, "known": known, "now": now}))


def count(session: Session, feed_id: int, outcome: Outcome) -> None:
    """Add what became of some documents of a feed."""
    session.later(COUNT, {"id": feed_id, **outcome._asdict()})


def end(session: Session, feed_id: int, fault: str, now: datetime.datetime) -> None:
    """Note that a feed has ended, and why early, blank where it did not."""
    session.later(END, {"id": feed_id, "fault": fault, "now": now})


def known(session: Session, source: str, ids: Sequence[str]) -> set[tuple[str, str]]:
    """Return kind and id of those that a source was asked for before, of documents that it calls so."""
    return {(row.kind, row.source_id) for row in session.execute(KNOWN, {"source": source, "ids": list(ids)})}


def note(session: Session, source: str, kind: str, source_id: str, digest: bytes, now: datetime.datetime) -> None:
    """Note that a document was brought."""
    values = {"source": source, "kind": kind, "source_id": source_id, "digest": digest, "now": now}
    session.later(NOTE, values)


def last(session: Session) -> Sequence[Row[Any]]:
    """Return the last feed of every source: when it began and ``ended``, what it found, and what became of that."""
    return session.execute(LAST).all()


def forget(session: Session, before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` notes of documents that were brought before then, and of feeds; return how many notes."""
    session.later(FORGET_FEEDS, {"before": before, "limit": limit})
    return int(session.execute(FORGET, {"before": before, "limit": limit}).rowcount)

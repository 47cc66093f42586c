"""Documents that were received: their bytes are kept as contents before anybody is told so, and read afterwards."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import NotFound, Unavailable

# What is read is read by one after the other: what came later counts.
TURN = text("SELECT pg_advisory_xact_lock(7233466)")
# Whoever has taken a document for so long without a word is dead, or as good as that.
PATIENCE = datetime.timedelta(minutes=1)
LONGEST_REASON = 2000
# Of documents that are taken together, all of them.
SMALL = 8 * 2**20
# foreign_key_violation, as PostgreSQL says it.
NO_SUCH_CONTENT = "23503"

ADD = text("""
    INSERT INTO receipts (source, external_id, digest, origin, username, state, received, updated)
    SELECT :source, external_id, digest, :origin, :username, :state, :now, :now
    FROM unnest(CAST(:names AS text[]), CAST(:digests AS bytea[])) AS new (external_id, digest)
""")
# Whoever is second waits until the first is there, or is not.
NOTE = hot("""
    INSERT INTO receipts (source, external_id, digest, origin, username, job_id, state, received, updated)
    VALUES (:source, :external_id, :digest, :origin, :username, :job_id, 'ready', :now, :now)
    ON CONFLICT (source, external_id) DO NOTHING RETURNING id
""")
NOTED = hot("SELECT id FROM receipts WHERE source = :source AND external_id = :external_id")
ONE = hot("""
    SELECT receipts.id, receipts.external_id, receipts.digest, receipts.origin, receipts.username, receipts.state,
        receipts.reason, receipts.received, receipts.updated
    FROM receipts WHERE source = :source AND external_id = :external_id
""")
NUMBERED = hot("""
    SELECT receipts.id, receipts.source, receipts.origin, receipts.digest, contents.size, receipts.state,
        receipts.reason, receipts.received, receipts.updated, runs.name AS run, jobs.key
    FROM receipts JOIN contents ON contents.digest = receipts.digest
    LEFT JOIN jobs ON jobs.id = receipts.job_id LEFT JOIN runs ON runs.id = jobs.run_id
    WHERE receipts.id = :id
""")
# The oldest, alone where somebody may have died over it or it is of many things; else with those behind it which are as
# new, as long as all of them are small.
TAKE = text("""
    WITH open AS (
        SELECT receipts.id, state, updated, contents.size,
            state = 'ready' AND attempt = 0 AND NOT source = ANY (:alone) AS fresh
        FROM receipts JOIN contents ON contents.digest = receipts.digest
        WHERE state IN ('ready', 'taken') ORDER BY receipts.id LIMIT :many),
    found AS (
        SELECT id, row_number() OVER place = 1 AND (state = 'ready' OR updated < :silent_since) AS next,
            bool_and(fresh) OVER place AND sum(size) OVER place <= :small AS beside
        FROM open WINDOW place AS (ORDER BY id))
    UPDATE receipts SET state = 'taken', attempt = attempt + 1, updated = :now
    FROM found WHERE receipts.id = found.id AND (found.next OR found.beside)
    RETURNING receipts.id, source, external_id, digest, origin, attempt, job_id, received
""")
END = text("""
    UPDATE receipts SET state = :state, reason = :reason, updated = :now, job_id = COALESCE(:job_id, job_id)
    WHERE id = :id AND state = 'taken'
""")
BEAT = text("UPDATE receipts SET updated = :now WHERE id = ANY (:ids) AND state = 'taken'")
AGAIN = text("""
    UPDATE receipts SET state = 'ready', reason = '', attempt = 0, updated = :now
    WHERE source = :source AND external_id = :external_id AND state = 'failed' RETURNING id
""")
AGAIN_NUMBERED = text("""
    UPDATE receipts SET state = 'ready', reason = '', attempt = 0, updated = :now
    WHERE id = :id AND state = 'failed' RETURNING id
""")
LIST = text("""
    SELECT source, external_id, origin, username, state, reason, received FROM receipts
    WHERE state = :state ORDER BY id LIMIT :limit
""")
OPEN = text("""
    SELECT count(*) AS n, min(received) AS oldest FROM receipts WHERE state IN ('ready', 'taken')
""")
FORGET = text("""
    DELETE FROM receipts WHERE id IN (
        SELECT id FROM receipts
        WHERE received < :before AND source = ANY (:sources) AND state IN ('processed', 'failed')
        ORDER BY received LIMIT :limit)
""")


class New(NamedTuple):
    """A document that has come: what ``source`` calls it, what its content is called, from whom it is, of which job."""

    source: str
    external_id: str
    digest: bytes
    origin: str = ""
    username: str = ""
    job_id: int | None = None


def note(session: Session, new: New, now: datetime.datetime) -> tuple[int, bool]:
    """Note a document that is to be read, and return the number of its receipt and that it is new.

    Where the source has one of that name already, its number and that it is not. Raises Unavailable as :func:`add`.
    """
    try:
        made = session.scalar(NOTE, {**new._asdict(), "now": now})
    except IntegrityError as error:
        raise _gone(error) from None
    if made is not None:
        return int(made), True
    sought = {"source": new.source, "external_id": new.external_id}
    return int(session.scalar(NOTED, sought)), False


def add(
    session: Session,
    source: str,
    documents: Mapping[str, bytes],
    now: datetime.datetime,
    *,
    state: str = "ready",
    origin: str = "",
    username: str = "",
) -> None:
    """Note documents, by what their source calls them; their contents were expected (``files``) and are written.

    Raises:
        Unavailable: that took too long, and a content is gone: the document is to be sent again.
    """
    said = {"source": source, "state": state, "origin": origin, "username": username, "now": now}
    try:
        session.execute(ADD, {**said, "names": list(documents), "digests": list(documents.values())})
    except IntegrityError as error:
        raise _gone(error) from None


def one(session: Session, source: str, external_id: str) -> Row[Any] | None:
    """Return a receipt, or None: who sent it when, what its content is called, how far it was read, why no further."""
    return session.execute(ONE, {"source": source, "external_id": external_id}).first()


def numbered(session: Session, receipt_id: int) -> Row[Any]:
    """Return a receipt by its number: of what, from whom, how far it was read, and the ``run`` and ``key`` of its job.

    Raises:
        NotFound: there is none.
    """
    found = session.execute(NUMBERED, {"id": receipt_id}).first()
    if found is None:
        raise NotFound(f"there is no document {receipt_id}")
    return found


def take(session: Session, now: datetime.datetime) -> Row[Any] | None:
    """Return the next document to read, None where there is none, or the one before it is being read still.

    Documents are read in the order in which they came, one after the other.
    """
    return next(iter(take_some(session, now, 1)), None)


def take_some(session: Session, now: datetime.datetime, many: int, alone: Sequence[str] = ()) -> Sequence[Row[Any]]:
    """Return the next documents to read, up to ``many`` small ones, which are to be read in this order.

    One of the sources ``alone``, or over which somebody may have died, has none beside it.
    """
    session.execute(TURN)
    values = {"now": now, "silent_since": now - PATIENCE, "many": many, "alone": list(alone), "small": SMALL}
    return sorted(session.execute(TAKE, values), key=lambda row: int(row.id))


def beat(session: Session, receipt_ids: Sequence[int], now: datetime.datetime) -> None:
    """Note that somebody is still reading documents."""
    session.execute(BEAT, {"ids": list(receipt_ids), "now": now})


def end(session: Session, receipt_id: int, reason: str, now: datetime.datetime, *, job_id: int | None = None) -> str:
    """End the reading of a document: processed, into a job or into many, or failed for a reason; return which."""
    state = "failed" if reason else "processed"
    said = {"state": state, "reason": reason[:LONGEST_REASON], "job_id": job_id}
    session.execute(END, {"id": receipt_id, "now": now, **said})
    return state


def again(session: Session, source: str, external_id: str, now: datetime.datetime) -> None:
    """Have a document read once more that could not be.

    Raises:
        NotFound: there is none of that name that failed.
    """
    if session.scalar(AGAIN, {"source": source, "external_id": external_id, "now": now}) is None:
        raise NotFound(f"no document {external_id} of {source} has failed")


def again_numbered(session: Session, receipt_id: int, now: datetime.datetime) -> None:
    """Do what :func:`again` does for the receipt of this number. Raises NotFound."""
    if session.scalar(AGAIN_NUMBERED, {"id": receipt_id, "now": now}) is None:
        raise NotFound(f"no document {receipt_id} has failed")


def listed(session: Session, state: str, limit: int) -> list[Row[Any]]:
    """Return up to ``limit`` receipts in a state, the oldest first."""
    return list(session.execute(LIST, {"state": state, "limit": limit}))


def open_now(session: Session) -> Row[Any]:
    """Return how many documents are still to be read, ``n``, and when the ``oldest`` of them was received."""
    return session.execute(OPEN).one()


def forget(session: Session, sources: list[str], before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` receipts of documents of some sources, read and received before then; return how many.

    What was made of them stays. Their contents go when nothing else names them (``files.clean``).
    """
    return int(session.execute(FORGET, {"sources": sources, "before": before, "limit": limit}).rowcount)


def _gone(error: IntegrityError) -> Exception:
    if getattr(error.orig, "pgcode", None) != NO_SUCH_CONTENT:
        return error
    return Unavailable("the document was not kept, please send it again")

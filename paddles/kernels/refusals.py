"""Documents that nobody reads: refused when they came, or taken and found to be unreadable; with the reason."""

import base64
import binascii
import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from paddles.archive import texts
from paddles.db.session import Session
from paddles.errors import Invalid

LONGEST_HEAD = 4096
LONGEST_REASON = 2000
REFUSED, FAILED = "refused", "failed"

ADD = text("""
    INSERT INTO refusals (received, kind, lab, digest, size, head, reason, username)
    VALUES (:now, :kind, :lab, :digest, :size, :head, :reason, :username)
""")
# Newest first: of what came at one moment the refused ones, then the later ones.
LIST = text("""
    SELECT * FROM (
        (SELECT received, CAST('refused' AS text) AS state, id, kind, lab, digest, size, head, reason, username
        FROM refusals
        WHERE (CAST(:kind AS text) IS NULL OR kind = :kind) AND (CAST(:lab AS text) IS NULL OR lab = :lab)
            AND received <= :received
            AND (received, CAST('refused' AS text), id) < (:received, CAST(:state AS text), CAST(:id AS bigint))
        ORDER BY received DESC, id DESC LIMIT :limit)
        UNION ALL
        (SELECT receipts.received, receipts.state, receipts.id, receipts.source, receipts.origin, receipts.digest,
            contents.size, '', receipts.reason, receipts.username
        FROM receipts JOIN contents ON contents.digest = receipts.digest
        WHERE receipts.state = 'failed' AND (CAST(:kind AS text) IS NULL OR receipts.source = :kind)
            AND (CAST(:lab AS text) IS NULL OR receipts.origin = :lab) AND receipts.received <= :received
            AND (receipts.received, receipts.state, receipts.id)
                < (:received, CAST(:state AS text), CAST(:id AS bigint))
        ORDER BY receipts.received DESC, receipts.id DESC LIMIT :limit)) AS unread
    ORDER BY received DESC, state DESC, id DESC LIMIT :limit
""")
COUNT = text("""
    SELECT kind, count(*) AS n FROM (
        SELECT kind FROM refusals UNION ALL SELECT source FROM receipts WHERE state = 'failed') AS unread
    GROUP BY kind
""")
FORGET = text("""
    DELETE FROM refusals WHERE id IN (SELECT id FROM refusals WHERE received < :before ORDER BY received LIMIT :limit)
""")


class Refused(NamedTuple):
    """A document that was refused: of which kind, from which lab and whom, how large, how it begins, and why."""

    kind: str
    reason: str
    lab: str = ""
    content: bytes = b""
    size: int = 0
    digest: bytes | None = None
    username: str = ""


class Place(NamedTuple):
    """A place in the list: behind what came then, is in this state, and has this number."""

    received: datetime.datetime
    state: str
    id: int


BEGIN = Place(datetime.datetime(9000, 1, 1, tzinfo=datetime.UTC), "", 0)
LONGEST_NUMBER = 18


def written(place: Place) -> str:
    """Return a place in the list as it stands in addresses."""
    said = f"{place.received.isoformat()} {place.state} {place.id}"
    return base64.urlsafe_b64encode(said.encode()).decode()


def place(after: str) -> Place:
    """Return the place in the list that an address names, its beginning for none. Raises Invalid."""
    if not after:
        return BEGIN
    try:
        received, state, number = base64.urlsafe_b64decode(after.encode()).decode().split(" ")
        when = datetime.datetime.fromisoformat(received).astimezone(datetime.UTC)
        known = state in (REFUSED, FAILED) and number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    except (ValueError, OverflowError, binascii.Error):
        known = False
    if not known:
        raise Invalid("after: is no place in this list")
    return Place(when, state, int(number))


def behind(row: Row[Any]) -> Place:
    """Return the place behind a row of the list."""
    return Place(row.received, row.state, row.id)


def note(session: Session, refused: Refused, now: datetime.datetime) -> None:
    """Note a document that is refused; of itself only its beginning is kept."""
    head = refused.content[:LONGEST_HEAD].decode(errors="replace").replace("\0", "\ufffd")
    values = {
        "kind": refused.kind,
        "lab": texts.named(refused.lab, ""),
        "digest": refused.digest,
        "size": refused.size or len(refused.content),
        "head": head,
        "reason": refused.reason.replace("\0", "\ufffd")[:LONGEST_REASON],
        "username": refused.username,
    }
    session.execute(ADD, {**values, "now": now})


def listed(
    session: Session, limit: int, *, behind: Place = BEGIN, kind: str | None = None, lab: str | None = None
) -> Sequence[Row[Any]]:
    """Return documents that nobody reads, the newest first: ``received``, ``state``, ``id``, ``kind``, ``lab``,
    ``digest``, ``size``, ``head``, ``reason`` and ``username``. Failed ones are receipts of that ``id``.
    """
    values = {"limit": limit, "kind": kind, "lab": lab, **behind._asdict()}
    return session.execute(LIST, values).all()


def counted(session: Session) -> dict[str, int]:
    """Return how many documents of each kind there are that nobody reads."""
    return {row.kind: int(row.n) for row in session.execute(COUNT)}


def forget(session: Session, before: datetime.datetime, limit: int) -> int:
    """Forget up to ``limit`` documents that were refused before then; return how many."""
    return int(session.execute(FORGET, {"before": before, "limit": limit}).rowcount)

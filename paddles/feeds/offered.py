"""Documents that another paddles may fetch from this one: as they were received, by their contents."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.feeds.models import KINDS

LISTED = text("""
    SELECT receipts.id, receipts.source AS kind, receipts.origin AS lab, receipts.digest, receipts.received
    FROM receipts
    WHERE receipts.source = ANY (:kinds) AND receipts.state <> 'failed'
        AND receipts.id > :after AND receipts.received >= :since
    ORDER BY receipts.id LIMIT :limit
""")
ONE = text("""
    SELECT contents.digest, contents.size FROM receipts JOIN contents ON contents.digest = receipts.digest
    WHERE receipts.digest = :digest AND receipts.source = ANY (:kinds) LIMIT 1
""")


def address(kind: str, digest: bytes) -> str:
    """Return where others fetch a document, blank for one of a kind that they do not."""
    return f"/ingest/offered/{digest.hex()}" if kind in KINDS else ""


def listed(session: Session, since: datetime.datetime, after: int, limit: int) -> Sequence[Row[Any]]:
    """Return documents of kernels received since then, in the order in which they came: those behind a number."""
    values = {"kinds": list(KINDS), "since": since, "after": after, "limit": limit}
    return session.execute(LISTED, values).all()


def one(session: Session, name: str) -> Row[Any]:
    """Return ``digest`` and ``size`` of the document of that SHA-256, in hexadecimal digits. Raises NotFound."""
    try:
        digest = bytes.fromhex(name)
    except ValueError:
        digest = b""
    found = session.execute(ONE, {"digest": digest, "kinds": list(KINDS)}).first()
    if found is None:
        raise NotFound(f"there is no document {name}")
    return found

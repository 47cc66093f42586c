"""What the log still knows of one subject."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from paddles.db.prepared import hot
from paddles.db.session import Session

# So many events of whatever subject are looked at, from the moment on from which one can tell of it.
LOOKED = 10_000
OF_SUBJECT = hot(
    f"""
    WITH looked AS MATERIALIZED (
        SELECT id, at, channel, type, subject, data FROM events WHERE at >= :since ORDER BY at LIMIT {LOOKED})
    SELECT found.type, found.at, found.before, found.reason, (SELECT count(*) FROM looked) AS looked
    FROM (SELECT) AS always LEFT JOIN (
        SELECT id, type, at, data ->> 'from' AS before, data ->> 'reason' AS reason FROM looked
        WHERE subject = :subject AND channel = :channel) AS found ON true
    ORDER BY found.at, found.id""",
    "type at before reason looked",
)


def told(session: Session, channel: str, subject: str, since: datetime.datetime) -> tuple[Sequence[Row[Any]], bool]:
    """Return what the log tells of a subject on a channel, the oldest first, and whether it may tell more.

    Rows: ``type``, ``at``, and of its data ``before`` (from which status) and ``reason``.
    """
    rows = session.execute(OF_SUBJECT, {"channel": channel, "subject": subject, "since": since}).all()
    return [row for row in rows if row.type is not None], bool(rows[0].looked >= LOOKED)

"""What the log still knows of some subjects."""

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
    SELECT found.channel, found.type, found.at, found.before, found.reason, found.by,
        (SELECT count(*) FROM looked) AS looked
    FROM (SELECT) AS always LEFT JOIN (
        SELECT id, channel, type, at, data ->> 'from' AS before, data ->> 'reason' AS reason, data ->> 'by' AS by
        FROM looked WHERE (channel, subject) IN (
            SELECT * FROM unnest(CAST(:channels AS text[]), CAST(:subjects AS text[])))) AS found ON true
    ORDER BY found.at, found.id""",
    "channel type at before reason by looked",
)


def told(
    session: Session, wanted: Sequence[tuple[str, str]], since: datetime.datetime
) -> tuple[Sequence[Row[Any]], bool]:
    """Return what the log tells of subjects, each on a channel, the oldest first, and whether it may tell more.

    ``wanted`` are channels with subjects. Rows: ``channel``, ``type``, ``at``, and of its data ``before`` (from which
    status), ``reason`` and ``by``.
    """
    values = {"channels": [each[0] for each in wanted], "subjects": [each[1] for each in wanted], "since": since}
    rows = session.execute(OF_SUBJECT, values).all()
    return [row for row in rows if row.type is not None], bool(rows[0].looked >= LOOKED)

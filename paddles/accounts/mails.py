"""Mail on its way: noted with what it is about, written and sent by the sweep, tried again, given up.

What is noted of a mail to a user is a kind and an address alone. Whether there is a user for it, and so a mail, is
found out when it is sent: whoever asks for mail to an address cannot tell from the answer, nor from its time, whether
anybody has it.
"""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.db.session import Session

ADD = text("""
    INSERT INTO mails (kind, recipient, link, created, due) VALUES (:kind, :recipient, :link, :now, :now)
""")
ADD_NOTICE = text("""
    INSERT INTO mails (kind, recipient, subject, text, created, due)
    SELECT 'notice', recipient, :subject, :text, :now, :now FROM unnest(CAST(:recipients AS text[])) AS new (recipient)
""")
NOTICE = "notice"
# Whoever takes them has so much time to send them; after that they are due once more.
TAKE = text("""
    UPDATE mails SET n_tries = n_tries + 1,
        due = CAST(:now AS timestamptz) + LEAST(30 * 2 ^ LEAST(n_tries, 10), 3600) * interval '1 second'
    WHERE id IN (SELECT id FROM mails WHERE due <= :now ORDER BY due LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING id, kind, recipient, link, subject, text, created, n_tries
""")
DELETE = text("DELETE FROM mails WHERE id = ANY(:ids)")
# Seconds to the next try: 30, 60, 120... an hour at the most; after about a day it is given up.
MOST_TRIES = 30


def note(session: Session, kind: str, recipient: str, now: datetime.datetime, link: str = "") -> None:
    """Note that a mail of a kind is to be sent to an address, if that is a user's then."""
    session.execute(ADD, {"kind": kind, "recipient": recipient, "link": link, "now": now})


def notify(session: Session, recipients: Sequence[str], subject: str, text_: str, now: datetime.datetime) -> None:
    """Note that a mail is to be sent to each of some addresses, whoever has them."""
    session.execute(ADD_NOTICE, {"recipients": list(recipients), "subject": subject, "text": text_, "now": now})


def take(session: Session, now: datetime.datetime, limit: int) -> Sequence[Row[Any]]:
    """Return mails that are due, for the caller to send; they are due again later unless they are ``done`` with."""
    return session.execute(TAKE, {"now": now, "limit": limit}).all()


def done(session: Session, ids: Sequence[int]) -> None:
    """Forget mails, which were sent or never will be."""
    session.execute(DELETE, {"ids": list(ids)})

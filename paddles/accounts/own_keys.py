"""Keys that the service has made for itself, where the settings give none."""

import datetime
import secrets

from sqlalchemy import text

from paddles.db.session import Session

KEY = text("SELECT value FROM signing_keys WHERE name = :name")
MAKE = text("""
    INSERT INTO signing_keys (name, value, created) VALUES (:name, :value, :now)
    ON CONFLICT (name) DO NOTHING RETURNING value
""")


def key(session: Session, name: str, now: datetime.datetime) -> str:
    """Return the key of this name, 64 hexadecimal digits, made when it is first needed.

    Whoever makes it first makes it for all processes: the others find theirs refused and read the one that is there.
    """
    values = {"name": name, "value": secrets.token_hex(32), "now": now}
    found = session.scalar(KEY, values) or session.scalar(MAKE, values)
    return str(found or session.scalar(KEY, values))

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


def found(session: Session, name: str) -> str | None:
    """Return the key of this name, None where none was needed yet."""
    value: str | None = session.scalar(KEY, {"name": name})
    return value


def key(session: Session, name: str, now: datetime.datetime) -> str:
    """Return the key of this name, 64 hexadecimal digits, made when it is first needed.

    Whoever makes it first makes it for all processes: the others find theirs refused and read the one that is there.
    """
    values = {"name": name, "value": secrets.token_hex(32), "now": now}
    return str(found(session, name) or session.scalar(MAKE, values) or found(session, name))

"""Texts that services keep under a name, in a namespace."""

from sqlalchemy import text

from paddles.db.session import Session

GET = text("SELECT value FROM keys WHERE namespace = :namespace AND key = :key")
SET = text("""
    INSERT INTO keys (namespace, key, value) VALUES (:namespace, :key, :value)
    ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value
""")
DELETE = text("DELETE FROM keys WHERE namespace = :namespace AND key = :key")


def get(session: Session, namespace: str, key: str) -> str | None:
    """Return the text kept under a name, None when there is none."""
    found: str | None = session.scalar(GET, {"namespace": namespace, "key": key})
    return found


def put(session: Session, namespace: str, key: str, value: str) -> None:
    """Keep a text under a name; the one before it is gone."""
    session.execute(SET, {"namespace": namespace, "key": key, "value": value})


def delete(session: Session, namespace: str, key: str) -> None:
    """Forget the text under a name; nothing happens when there is none."""
    session.execute(DELETE, {"namespace": namespace, "key": key})

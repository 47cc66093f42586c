"""What jobs of the same kind are called: kept once, however many jobs are called so."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from paddles.db.prepared import hot
from paddles.db.session import Session

FIND = hot("SELECT id FROM descriptions WHERE digest = :digest")
ADD = text("""
    INSERT INTO descriptions (digest, text) VALUES (:digest, :text) ON CONFLICT (digest) DO NOTHING RETURNING id
""")


def described(document: Mapping[str, Any]) -> str | None:
    """Return what a job is called by its document, None where that does not say it."""
    said = document.get("description")
    return said if isinstance(said, str) else None


def digest(description: str) -> bytes:
    """Return what a description is looked up by."""
    return hashlib.sha256(description.encode()).digest()


def ensure(session: Session, description: str | None) -> int | None:
    """Return the id of a description, added when it is new; None for none."""
    if description is None:
        return None
    values = {"digest": digest(description), "text": description}
    while True:
        found: int | None = session.scalar(FIND, values) or session.scalar(ADD, values)
        if found is not None:
            return found

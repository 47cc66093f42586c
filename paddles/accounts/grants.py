"""Grants: tokens for programs that are no users, each with a name and a scope. They are random, and kept as digests."""

import datetime
import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from paddles.accounts import audit, identity
from paddles.accounts.access import ALLOWS, NOBODY, Principal
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound
from paddles.settings import Settings

# What such a token begins with, by which leaks are found; a signed one never does.
MARK = "pdl_"
LONGEST = 100

ADD = text("""
    INSERT INTO grants (name, scope, digest, created) VALUES (:name, :scope, :digest, :now)
    ON CONFLICT DO NOTHING RETURNING name
""")
BY_DIGEST = hot("SELECT name, scope FROM grants WHERE digest = :digest", "name scope")
LIST = text("SELECT name, scope, created FROM grants ORDER BY name")
DELETE = text("DELETE FROM grants WHERE name = :name")


def make(session: Session, name: str, scope: str, now: datetime.datetime) -> str:
    """Make a grant and return its token, which nobody will see again.

    Raises:
        Invalid: there is no such scope.
        Conflict: there is a grant of that name.
    """
    if scope not in ALLOWS:
        raise Invalid(f"a scope is one of {', '.join(ALLOWS)}")
    token = MARK + secrets.token_urlsafe(32)
    if session.scalar(ADD, {"name": name, "scope": scope, "digest": digest(token), "now": now}) is None:
        raise Conflict(f"there is a grant {name}")
    audit.note(session, "grant.created", f"/grants/{name}", NOBODY, scope=scope)
    return token


def listed(session: Session) -> Sequence[Row[Any]]:
    """Return the ``name``, ``scope`` and moment of each grant, by name."""
    return session.execute(LIST).all()


def revoke(session: Session, name: str) -> None:
    """Take a grant back. Raises NotFound when there is none of that name."""
    if not session.execute(DELETE, {"name": name}).rowcount:
        raise NotFound(f"there is no grant {name}")
    audit.note(session, "grant.revoked", f"/grants/{name}", NOBODY)


def asker(session: Session, settings: Settings, token: str, now: datetime.datetime) -> Principal:
    """Return whom a token speaks for, a user or a program with a grant; NOBODY where it is worth nothing."""
    if not token.startswith(MARK):
        return identity.principal(session, settings, token, now)
    found: Any = session.execute(BY_DIGEST, {"digest": digest(token)}).first() if len(token) <= LONGEST else None
    return Principal(username=found.name, scope=found.scope) if found else NOBODY


def digest(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()

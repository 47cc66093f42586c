"""Tokens in their place: signed with the service's key, and believed only while their user is what they say."""

import datetime
import secrets
from typing import Any

from sqlalchemy import Row, text

from paddles.accounts import tokens, users
from paddles.accounts.access import NOBODY, Principal
from paddles.db.session import Session
from paddles.settings import Settings

KEY = text("SELECT value FROM signing_keys WHERE name = 'tokens'")
MAKE_KEY = text("""
    INSERT INTO signing_keys (name, value, created) VALUES ('tokens', :value, :now)
    ON CONFLICT (name) DO NOTHING RETURNING value
""")


def key(session: Session, settings: Settings, now: datetime.datetime) -> str:
    """Return the key to sign with: the settings', else the one that the service has made for itself.

    It is made when it is first needed. Whoever makes it first makes it for all processes: the others find theirs
    refused and read the one that is there.
    """
    if settings.secret_key:
        return settings.secret_key
    found = session.scalar(KEY) or session.scalar(MAKE_KEY, {"value": secrets.token_hex(32), "now": now})
    return str(found or session.scalar(KEY))


def access_token(session: Session, settings: Settings, user: Row[Any], now: datetime.datetime) -> str:
    """Return a token that speaks for a user until its generation moves on."""
    expires = now + datetime.timedelta(seconds=settings.access_token_expire_seconds)
    return tokens.make("access", user.id, key(session, settings, now), expires, {"gen": user.generation})


def principal(session: Session, settings: Settings, token: str, now: datetime.datetime) -> Principal:
    """Return whom an access token speaks for, NOBODY where it is worth nothing; one statement at the most.

    A token of the second key, which other services sign with, need not have a generation: it is taken for the first.
    """
    user_id = tokens.subject(token)
    user = users.spoken_for(session, user_id) if user_id else None
    if user is None:
        return NOBODY
    claims = tokens.read("access", token, (settings.secret_key or user.key or "", settings.unified_secret), now)
    if claims is None or claims["sub"] != user.id or claims.get("gen", 0) != user.generation:
        return NOBODY
    return users.principal(user)

"""Tokens in their place: signed with the service's key, and believed only while their user is what they say."""

import datetime
from typing import Any

from sqlalchemy import Row

from paddles.accounts import access, audit, own_keys, tokens, users
from paddles.accounts.access import NOBODY, Principal
from paddles.db.session import Session
from paddles.errors import Unauthenticated
from paddles.settings import Settings

# How long a browser speaks for somebody who has logged in.
SESSION = datetime.timedelta(days=14)


def key(session: Session, settings: Settings, now: datetime.datetime) -> str:
    """Return the key to sign with: the settings', else the one that the service has made for itself."""
    return settings.secret_key or own_keys.key(session, "tokens", now)


def access_token(session: Session, settings: Settings, user: Row[Any], now: datetime.datetime) -> str:
    """Return a token that speaks for a user until its generation moves on."""
    expires = now + datetime.timedelta(seconds=settings.access_token_expire_seconds)
    return tokens.make("access", user.id, key(session, settings, now), expires, {"gen": user.generation})


def make_token(session: Session, settings: Settings, who: Principal, now: datetime.datetime) -> str:
    """Make a token that speaks for a user, as it asks for one, and note that; nobody will see the token again.

    Raises:
        Unauthenticated: the user is not there any more, or not active.
    """
    user = users.spoken_for(session, access.known(who).id)
    if user is None:
        raise Unauthenticated("Unauthorized")
    audit.note(session, "user.token_made", f"/users/{user.id}", who, username=user.username)
    return access_token(session, settings, user, now)


def session_token(session: Session, settings: Settings, user: Row[Any], now: datetime.datetime) -> str:
    """Return what a browser keeps of a user who has logged in, good until the user's generation moves on."""
    return tokens.make("session", user.id, key(session, settings, now), now + SESSION, {"gen": user.generation})


def at_browser(session: Session, settings: Settings, token: str, now: datetime.datetime) -> Principal:
    """Return whom a token of :func:`session_token` speaks for, NOBODY where it is worth nothing; one statement."""
    user_id = tokens.subject(token)
    user = users.spoken_for(session, user_id) if user_id else None
    claims = user and tokens.read("session", token, (settings.secret_key or user.key or "",), now)
    if user is None or not claims or claims["sub"] != user.id or claims.get("gen") != user.generation:
        return NOBODY
    return users.principal(user)


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

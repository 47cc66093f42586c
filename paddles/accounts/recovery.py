"""What mails let their readers do: verify an address, set a new password, accept an invitation."""

import datetime
from typing import Any

from sqlalchemy import Row

from paddles.accounts import identity, passwords, tokens, users
from paddles.db.session import Session
from paddles.settings import Settings

# For how long tokens in mails are good, in seconds; those of invitations are as the settings say.
MAILED_S = 3600
# The kind of token that a mail of a kind brings; other mails bring none.
BRINGS = {"verify": "verify", "reset": "reset", "invite": "invite"}


def token(session: Session, settings: Settings, kind: str, user: Row[Any], now: datetime.datetime) -> str:
    """Return a token of a kind for a user; it is void once the user's address, or password, is another."""
    seconds = settings.invite_token_expire_seconds if kind == "invite" else MAILED_S
    claims: dict[str, Any] = {"email": user.email} if kind != "reset" else {}
    if kind == "reset":
        claims["password_fgpt"] = passwords.fingerprint(user.password)
    if kind == "invite":
        claims["iat"] = int(now.timestamp())
    expires = now + datetime.timedelta(seconds=seconds)
    return tokens.make(kind, user.id, identity.key(session, settings, now), expires, claims)


def bearer(session: Session, settings: Settings, kind: str, said: str, now: datetime.datetime) -> Row[Any] | None:
    """Return the user that a token of a kind is for, None where it is worth nothing (any more).

    The user is locked: of two requests with a token that is good once, the second finds it used.
    """
    claims = tokens.read(kind, said, (identity.key(session, settings, now),), now)
    user = users.locked(session, claims["sub"]) if claims else None
    if claims is None or user is None:
        return None
    fits = claims.get("email") == user.email
    if kind == "reset":
        fits = claims.get("password_fgpt") == passwords.fingerprint(user.password)
    return user if fits else None


def wanted(kind: str, user: Row[Any]) -> bool:
    """Return whether a mail of a kind is still to be sent to a user."""
    if not user.is_active:
        return False
    return not user.is_verified if kind in ("verify", "invite") else True

"""Tokens of a web front that shares a secret with the service: who is at it, and whether an administrator. Pure.

They are JWT (HS256) with the claims ``login``, ``email``, ``name``, ``is_admin`` and ``exp``, good for half a minute:
gavel-ci, the web front of JobServ, makes one for each request.
"""

import datetime
from typing import Any

import jwt

from paddles.accounts.access import NOBODY, Principal
from paddles.accounts.tokens import ALGORITHM, LONGEST, SIGNATURE_ALONE

LONGEST_NAME = 256


def at_front(token: str, key: str, now: datetime.datetime) -> Principal:
    """Return whom a token speaks for, NOBODY where ``key`` has not signed it, or it has expired.

    It is no user of ours: it has a name, may read, and do everything if it is an administrator there.
    """
    claims = _claims(token, key) if key and len(token) <= LONGEST else {}
    login, expires = claims.get("login"), claims.get("exp")
    timely = isinstance(expires, int | float) and not isinstance(expires, bool) and expires > now.timestamp()
    if not timely or not isinstance(login, str) or not (login.isprintable() and 0 < len(login) <= LONGEST_NAME):
        return NOBODY
    return Principal(username=login, is_superuser=claims.get("is_admin") is True, scope="read")


def _claims(token: str, key: str) -> dict[str, Any]:
    try:
        return jwt.decode(token, key, algorithms=[ALGORITHM], options=SIGNATURE_ALONE)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return {}

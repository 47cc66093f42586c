"""Programs in front of the service that share a secret with it: what they sign, and for whom they speak. Pure.

A web front signs a token for whoever is at it: JWT (HS256) with the claims ``login``, ``email``, ``name``, ``is_admin``
and ``exp``, good for half a minute. Other programs sign each request, with HMAC-SHA1 as JobServ has it.
"""

import datetime
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import jwt

from paddles.accounts.access import NOBODY, Principal
from paddles.accounts.tokens import ALGORITHM, LONGEST, SIGNATURE_ALONE

LONGEST_NAME = 256
# How far the clock of who signs a request may be off.
PATIENCE = datetime.timedelta(minutes=5)
SERVICE = Principal(is_superuser=True)


@dataclass(frozen=True)
class Signed:
    """A request that is said to be signed: ``at`` is Unix time in text, ``address`` absolute and without the query."""

    method: str
    address: str
    at: str
    signature: str


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


def signer(said: Signed, key: str, now: datetime.datetime) -> Principal:
    """Return SERVICE, who may do everything, where ``key`` has signed a request just now; else NOBODY."""
    if not key or not (said.at.isascii() and said.at.isdigit() and len(said.at) < 12):
        return NOBODY
    text = f"{said.method},{said.at},{said.address}"
    expected = hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()
    good = hmac.compare_digest(expected.encode(), said.signature.lower().encode())
    timely = abs(now.timestamp() - int(said.at)) <= PATIENCE.total_seconds()
    return SERVICE if good and timely else NOBODY


def _claims(token: str, key: str) -> dict[str, Any]:
    try:
        return jwt.decode(token, key, algorithms=[ALGORITHM], options=SIGNATURE_ALONE)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return {}

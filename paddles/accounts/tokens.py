"""Signed tokens (JWT, HS256): what they say, and whether they may be believed. Pure.

The claims are those of KernelCI's API (fastapi-users), so that its clients and its other services can read them, and
``gen``, the generation of the user's tokens that one belongs to. A token of one kind is never taken for another: kinds
differ in ``aud``, and an invite, which has none, in ``purpose``.
"""

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

import jwt

ALGORITHM = "HS256"
ID = re.compile("[0-9a-f]{24}")
AUDIENCES: Mapping[str, Any] = {
    "access": ["fastapi-users:auth"],
    "verify": "fastapi-users:verify",
    "reset": "fastapi-users:reset",
    "invite": None,
    "session": "paddles:session",
}
LONGEST = 8192
UNCHECKED: Any = {"verify_signature": False}
# All but the signature is checked here, against the moment that the caller has.
SIGNATURE_ALONE: Any = {f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
Claims = Mapping[str, Any]


def make(kind: str, user_id: str, key: str, expires: datetime.datetime, claims: Claims) -> str:
    """Return a token of a kind for a user, with further ``claims``, good until ``expires``."""
    said: dict[str, Any] = {"sub": user_id, **claims, "exp": int(expires.timestamp())}
    if kind == "invite":
        said["purpose"] = kind
    else:
        said["aud"] = AUDIENCES[kind]
    return jwt.encode(said, key, algorithm=ALGORITHM)


def subject(token: str) -> str:
    """Return the id of the user that a token names, true or not; blank where it names none."""
    if len(token) > LONGEST:
        return ""
    try:
        return _id(jwt.decode(token, options=UNCHECKED, algorithms=[ALGORITHM]))
    except (jwt.PyJWTError, ValueError, RecursionError):
        return ""


def read(kind: str, token: str, keys: Sequence[str], now: datetime.datetime) -> Claims | None:
    """Return what a token of a kind says, if one of ``keys`` has signed it and it has not expired, else None."""
    if len(token) > LONGEST:
        return None
    for key in filter(None, keys):
        claims = _signed(token, key)
        if claims is not None:
            return claims if _id(claims) and _good(kind, claims, now) else None
    return None


def said(token: str, keys: Sequence[str], now: datetime.datetime) -> Claims:
    """Return what a token says that another service of KernelCI has signed with one of ``keys``; nothing otherwise.

    Such a token need not name a user of ours, nor expire. One that was made for something else here says nothing.
    """
    if len(token) > LONGEST:
        return {}
    claims = next((found for key in filter(None, keys) if (found := _signed(token, key))), None) or {}
    audience, expires = claims.get("aud"), claims.get("exp")
    foreign = "purpose" in claims or audience not in (None, *AUDIENCES["access"], AUDIENCES["access"])
    timely = expires is None or (isinstance(expires, int | float) and expires > now.timestamp())
    return {} if foreign or not timely else claims


def _signed(token: str, key: str) -> Claims | None:
    try:
        return jwt.decode(token, key, algorithms=[ALGORITHM], options=SIGNATURE_ALONE)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None


def _good(kind: str, claims: Claims, now: datetime.datetime) -> bool:
    wanted, said = AUDIENCES[kind], claims.get("aud")
    # One audience may be written as a list of one, and the other way round: RFC 7519, section 4.1.3.
    same = said in (wanted, [wanted]) or [said] == wanted
    purpose = "invite" if kind == "invite" else None
    expires = claims.get("exp")
    timely = isinstance(expires, int | float) and not isinstance(expires, bool) and expires > now.timestamp()
    return same and timely and claims.get("purpose") == purpose


def _id(claims: Claims) -> str:
    said = claims.get("sub")
    return said if isinstance(said, str) and ID.fullmatch(said) else ""

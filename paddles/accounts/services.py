"""Tokens that were made for KernelCI's other services: its pipeline, and KCIDB. Tokens of our own do there as well."""

import datetime
from collections.abc import Mapping
from typing import Any

from paddles.accounts import grants, identity, tokens, users
from paddles.accounts.access import NOBODY, Principal
from paddles.db.session import Session
from paddles.settings import Settings

# Who is spoken for by a token that names no user of ours; the id is nobody's.
PIPELINE = "pipeline"
SOMEBODY = "0" * 24
LONGEST = 256


def pipeline(session: Session, settings: Settings, token: str, now: datetime.datetime) -> Principal:
    """Return whom a token speaks for before the pipeline: a user of ours, or who its claims ``email`` and
    ``permissions`` say; NOBODY where it is worth nothing.

    Such claims let their bearer do what they name, as the user who has that address if there is one, and no more:
    they never make a superuser, or a member of a group.
    """
    user = identity.principal(session, settings, token, now)
    if user.id:
        return user
    claims = _claims(settings, token, now)
    email, permissions = _plain(claims.get("email")), claims.get("permissions")
    if not email or not isinstance(permissions, list):
        return NOBODY
    allowed = tuple(each for each in permissions if isinstance(each, str))
    found = users.by_email(session, email)
    user_id, name = (found.id, found.username) if found and found.is_active else (SOMEBODY, PIPELINE)
    return Principal(user_id, name, email=email, permissions=allowed)


def kcidb(session: Session, settings: Settings, token: str, now: datetime.datetime) -> Principal:
    """Return whom a token speaks for before KCIDB: a user, a program with a grant, or the ``origin`` that it claims."""
    asker = grants.asker(session, settings, token, now)
    if asker.id or asker.scope:
        return asker
    origin = _plain(_claims(settings, token, now).get("origin"))
    if not origin:
        return NOBODY
    return Principal(SOMEBODY, origin, permissions=("submit",), origin=origin)


def _claims(settings: Settings, token: str, now: datetime.datetime) -> Mapping[str, Any]:
    return tokens.said(token, (settings.unified_secret, settings.secret_key), now)


def _plain(said: Any) -> str:
    """Return what is said if it is a short printable text, else a blank one."""
    return said if isinstance(said, str) and len(said) <= LONGEST and said.isprintable() else ""

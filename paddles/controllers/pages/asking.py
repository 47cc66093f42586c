"""Who asks for a page: whoever shows a token, as programs do, or has logged in with a browser."""

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple

from paddles.accounts import access, grants, identity
from paddles.accounts.access import Principal
from paddles.controllers.pages import cookies
from paddles.db.session import Session
from paddles.errors import PaddlesError
from paddles.settings import Settings
from paddles.web import auth

ANONYMOUS = "anonymous"


class Shown(NamedTuple):
    """A token, and whether a browser kept it."""

    token: str
    by_browser: bool


def shown(environ: Mapping[str, Any]) -> Shown | None:
    """Return what a request shows of who asks, None for nothing."""
    token = auth.token(environ)
    if token:
        return Shown(token, by_browser=False)
    kept = cookies.said(environ, cookies.SESSION)
    return Shown(kept, by_browser=True) if kept else None


def asker(session: Session, settings: Settings, given: Shown, now: datetime.datetime) -> Principal:
    """Return whom that speaks for, NOBODY where it is worth nothing; a browser's is worth nothing as a token."""
    look = identity.at_browser if given.by_browser else grants.asker
    return look(session, settings, given.token, now)


def user(session: Session, settings: Settings, given: Shown, now: datetime.datetime) -> Principal:
    """Return which user that speaks for, NOBODY else: for what programs are shown that speak for users alone."""
    look = identity.at_browser if given.by_browser else identity.principal
    return look(session, settings, given.token, now)


def name(principal: Principal) -> str:
    """Return how it is said who has done something."""
    return principal.username or ANONYMOUS


def may_report(settings: Settings, principal: Principal) -> bool:
    """Say whether somebody may do what the API of results lets him do who may write there: what actions take."""
    check = access.guard(settings.results_access, "report")
    try:
        return check is None or bool(check(principal))
    except PaddlesError:
        return False

"""What a request shows of who asks: a token, or a signature of the service's own key."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from paddles.accounts import fronts, grants
from paddles.accounts.access import NOBODY, Principal
from paddles.accounts.fronts import Signed
from paddles.db.session import Session
from paddles.settings import Settings
from paddles.web import auth, origins


@dataclass(frozen=True)
class Shown:
    """A ``token``, and who ``signed`` the request, where it is."""

    token: str | None = field(repr=False)
    signed: Signed | None


def shown(environ: Mapping[str, Any]) -> Shown | None:
    """Return what a request shows, None for nothing.

    The signature is in ``X-JobServ-Sig``, its moment in ``X-Time``.
    """
    token, signature = auth.token(environ), environ.get("HTTP_X_JOBSERV_SIG", "")
    if not (token or signature):
        return None
    if not signature:
        return Shown(token, None)
    at = environ.get("HTTP_X_TIME", "")
    return Shown(token, Signed(environ["REQUEST_METHOD"], origins.address(environ), at, signature))


def principal(session: Session, settings: Settings, said: Shown, now: datetime.datetime) -> Principal:
    """Return whom a request speaks for: the service itself, somebody at a web front, a user or a program of ours."""
    if said.signed:
        return fronts.signer(said.signed, settings.jobserv_internal_api_key, now)
    if not said.token:
        return NOBODY
    someone = fronts.at_front(said.token, settings.gavel_jwt_secret, now)
    return someone if someone.username else grants.asker(session, settings, said.token, now)

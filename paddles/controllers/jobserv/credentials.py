"""What a request shows of who asks: a token, or a signature of the service's own key."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from paddles.accounts import fronts, grants
from paddles.accounts.access import NOBODY, SERVICE, Principal
from paddles.db.session import Session
from paddles.projects import signing
from paddles.settings import Settings
from paddles.web import auth, origins


@dataclass(frozen=True)
class Shown:
    """A ``token``, or the ``signature`` of a request and what it is said to sign; ``seconds`` are Unix time in text."""

    token: str | None = field(repr=False)
    signature: str
    seconds: str
    method: str
    url: str


def shown(environ: Mapping[str, Any]) -> Shown | None:
    """Return what a request shows, None for nothing.

    The signature is in ``X-JobServ-Sig``, its moment in ``X-Time``.
    """
    token, signature = auth.token(environ), environ.get("HTTP_X_JOBSERV_SIG", "")
    if not (token or signature):
        return None
    url = origins.address(environ) if signature else ""
    return Shown(token, signature, environ.get("HTTP_X_TIME", ""), environ["REQUEST_METHOD"], url)


def principal(session: Session, settings: Settings, said: Shown, now: datetime.datetime) -> Principal:
    """Return whom a request speaks for: the service itself, somebody at a web front, a user or a program of ours.

    Raises:
        Unauthenticated: it is signed, and not as it should be.
    """
    if said.signature:
        key = settings.jobserv_internal_api_key
        signing.check_request(key, said.method, said.seconds, said.url, said.signature, now)
        return SERVICE
    if not said.token:
        return NOBODY
    someone = fronts.at_front(said.token, settings.gavel_jwt_secret, now)
    return someone if someone.username else grants.asker(session, settings, said.token, now)

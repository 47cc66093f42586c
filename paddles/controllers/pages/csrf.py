"""That a form was filled in on a page of ours, by who was shown it, and not made by another site."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from paddles.controllers.pages import cookies
from paddles.errors import Forbidden
from paddles.settings import Settings
from paddles.web import origins

RANDOM = re.compile("[0-9a-f]{32}")
# What browsers say of requests that no other site makes.
OURS = ("", "same-origin", "none")
USUAL_PORT = {"http": ":80", "https": ":443"}


def of(environ: Mapping[str, Any], settings: Settings) -> tuple[str, tuple[str, ...]]:
    """Return what the forms of a page have to say, and the cookie that is needed for it where there is none yet.

    It belongs to the browser, and to the session where somebody has logged in: no other site can know it, and whoever
    puts a cookie of his own in the place of ours does not know the session's.
    """
    random = _random(environ)
    if random:
        return _value(environ, random), ()
    random = secrets.token_hex(16)
    return _value(environ, random), (cookies.kept(environ, settings, cookies.CSRF, random),)


def check(environ: Mapping[str, Any], settings: Settings, said: str) -> None:
    """Make sure that a form comes from a page of ours.

    Raises:
        Forbidden: another site has made it, or it was shown to somebody else, or before somebody has logged in.
    """
    origin = environ.get("HTTP_ORIGIN", "")
    if environ.get("HTTP_SEC_FETCH_SITE", "") not in OURS or (origin and origin not in _origins(environ, settings)):
        raise Forbidden("this form comes from another site")
    random = _random(environ)
    if not random or not hmac.compare_digest(said.encode(), _value(environ, random).encode()):
        raise Forbidden("this form is not known here any more: go back, load the page again and repeat")


def _random(environ: Mapping[str, Any]) -> str:
    value = cookies.said(environ, cookies.CSRF)
    return value if RANDOM.fullmatch(value) else ""


def _value(environ: Mapping[str, Any], random: str) -> str:
    session = cookies.said(environ, cookies.SESSION)
    return hmac.new(session.encode(), random.encode(), hashlib.sha256).hexdigest()


def _origins(environ: Mapping[str, Any], settings: Settings) -> set[str]:
    return {_origin(base) for base in (settings.base_url, origins.base("", environ))}


def _origin(address: str) -> str:
    """Return the origin of an address as browsers write it: without the port that goes without saying."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.removesuffix(USUAL_PORT.get(parts.scheme, '-'))}"

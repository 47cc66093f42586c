"""What browsers keep for us: who is there, what their forms are known by, and what is to be said on the next page."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from webob.cookies import RequestCookies, make_cookie

from paddles.settings import Settings
from paddles.web import origins, pages

SESSION, CSRF, TOLD = "paddles_session", "paddles_csrf", "paddles_told"
LONGEST_TOLD = 500


def said(environ: Mapping[str, Any], name: str) -> str:
    """Return the value of a cookie, blank where there is none."""
    return RequestCookies(dict(environ)).get(name) or ""


def kept(environ: Mapping[str, Any], settings: Settings, name: str, value: str, seconds: int | None = None) -> str:
    """Return the header that keeps a value for so many seconds, or until the browser ends. No script reads it.

    It comes back over TLS alone where that is how the service is reached, and not with requests that other sites make
    for the browser, but for following a link.
    """
    secure = any(base.startswith("https:") for base in (settings.base_url, origins.base("", environ)))
    path = pages.place(settings) or "/"
    return str(make_cookie(name, value, seconds, path, secure=secure, httponly=True, samesite="Lax"))


def dropped(environ: Mapping[str, Any], settings: Settings, name: str) -> str:
    """Return the header that ends a cookie."""
    return kept(environ, settings, name, "", 0)


def tell(environ: Mapping[str, Any], settings: Settings, message: str) -> str:
    """Return the header by which the next page shows a message."""
    text = base64.urlsafe_b64encode(message[:LONGEST_TOLD].encode()).decode()
    return kept(environ, settings, TOLD, text, 60)


def told(environ: Mapping[str, Any]) -> str:
    """Return what the page before wants to have said, blank where that is nothing."""
    try:
        return base64.b64decode(said(environ, TOLD), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return ""

"""Pages for people: HTML made of templates, in which everything is escaped, and which neither run nor load anything."""

import base64
import functools
import hashlib
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from webob import Response
from webob.acceptparse import create_accept_header

HTML = "text/html"
STYLE = "style.css"
# The one style is named by what it says; forms are sent to the service alone, and nobody puts the page into his own.
POLICY = "default-src 'none'; style-src 'sha256-{}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def render(template: str, **values: Any) -> str:
    """Return the page that a template makes of values; ``faults`` are shown on top of it."""
    return _templates().get_template(template).render({"faults": (), "said": {}, **values})


def answer(html: str, status: int = 200) -> Response:
    """Return a page as an answer; nobody keeps it, and nobody learns from it where it was."""
    response = Response(status=status, body=html.encode(), content_type=HTML, charset="utf-8")
    response.headers["Content-Security-Policy"] = _policy()
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def wanted(environ: Mapping[str, Any]) -> bool:
    """Return whether who asks would rather have a page than JSON, as browsers do."""
    offers = create_accept_header(environ.get("HTTP_ACCEPT")).acceptable_offers(["application/json", HTML])
    return bool(offers) and offers[0][0] == HTML


@functools.cache
def _templates() -> Environment:
    loader = PackageLoader("paddles")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    # Ours, and the same to the last letter as what the policy names.
    made.globals["style"] = Markup(loader.get_source(made, STYLE)[0])  # noqa: S704
    return made


@functools.cache
def _policy() -> str:
    digest = hashlib.sha256(str(_templates().globals["style"]).encode()).digest()
    return POLICY.format(base64.b64encode(digest).decode())

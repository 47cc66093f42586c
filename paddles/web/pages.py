"""Pages for people: HTML made of templates, in which everything is escaped, and which load nothing from elsewhere."""

import functools
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from webob import Response
from webob.acceptparse import create_accept_header

from paddles.settings import Settings
from paddles.web import assets, page_words

HTML = "text/html"
FORMATS = ("json", "csv", "html", "text", "raw", "gz")
# Scripts, styles and images are files of ours; forms are sent to the service alone, and nobody frames a page.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# Pages with a frame have these macros, which know what the page is told.
FRAMED, PARTS = "pages/", "pages/parts.html"
# A page is asked for each time, and sent when it has changed; one with a secret in it is kept nowhere.
FRESH, SECRET = "private, no-cache", "no-store"
# Packing costs a millisecond for each 100 kB so; the next level twice that, and saves a tenth.
PACKING, WORTH_PACKING = 5, 1000


@dataclass(frozen=True)
class Page:
    """A page, its status, further headers and cookies; it may be kept by who asked, and is compared when he asks again.

    A cookie is what the header says that sets it.
    """

    html: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Sequence[str] = ()


def render(template: str, *, block: str = "", **values: Any) -> str:
    """Return what a template, or one block of it, makes of values; ``faults`` are shown on top of a page of forms."""
    made = _templates().get_template(template)
    context = {"faults": (), "said": {}, "place": "", **values}
    if template.startswith(FRAMED):
        context["parts"] = _templates().get_template(PARTS).make_module(context)
    if not block:
        return made.render(context)
    shown = made.new_context(context)
    # Up to its first word a template takes in what it imports and its own macros: its blocks know of both then.
    next(made.root_render_func(shown), None)
    return "".join(made.blocks[block](shown))


def blocks(template: str) -> frozenset[str]:
    """Return the names of the parts of a template that can be rendered by themselves."""
    return frozenset(_templates().get_template(template).blocks)


def answer(html: str, status: int = 200, cached: str = SECRET) -> Response:
    """Return a page as an answer; nobody learns from it where it was."""
    response = Response(status=status, body=html.encode("utf-8", "replace"), content_type=HTML, charset="utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = cached
    return response


def sent(page: Page, environ: Mapping[str, Any]) -> Response:
    """Return a page as an answer, packed for who can unpack it; who has it already is told so instead."""
    response = answer(page.html, page.status, FRESH)
    if page.status == 200:
        response.md5_etag()
        response.conditional_response = True
    response.vary = ["Accept", "Accept-Encoding", "Cookie"]
    response.headers.update(page.headers)
    for cookie in page.cookies:
        response.headers.add("Set-Cookie", cookie)
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "") and len(response.body) >= WORTH_PACKING:
        # The tag is that of what is packed: both are the same page.
        etag = response.etag
        response.body = _packed(response.body)
        response.content_encoding = "gzip"
        response.etag = etag and (etag, False)
    return response


def wanted(environ: Mapping[str, Any]) -> bool:
    """Return whether who asks would rather have a page than JSON, as browsers do, or says so by ``?format=html``."""
    query, accepted = environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT", "")
    said = dict(parse_qsl(query)).get("format") if "format=" in query else None
    if said in FORMATS or HTML not in accepted:
        return said == "html"
    offers = create_accept_header(accepted).acceptable_offers(["application/json", HTML])
    return [HTML] == [kind for kind, _ in offers[:1]]


def place(settings: Settings) -> str:
    """Return what the addresses of links begin with: the service may stand below a path of its public address."""
    return urlsplit(settings.base_url).path.rstrip("/")


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, PACKING, mtime=0)


@functools.cache
def _templates() -> Environment:
    loader = PackageLoader("paddles")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals |= {"asset": assets.address, "between": page_words.between, "share": page_words.share}
    # A macro that is asked for the same many times on a page need be drawn only once for each.
    made.globals["once"] = functools.cache
    made.filters |= page_words.FILTERS
    return made

"""What every page has around it: where one is, where else one may go, and the same in other forms."""

import datetime
import logging
import shlex
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import pecan
from webob import Response

import paddles
from paddles.accounts.access import NOBODY
from paddles.controllers.pages import addresses, asking, cookies, csrf, nearby
from paddles.errors import NotFound, TooMany
from paddles.logs import REQUEST_ID
from paddles.settings import Settings
from paddles.web import origins, pages, query
from paddles.web.face import Call
from paddles.web.pages import Page

log = logging.getLogger(__name__)

THEMES = ("auto", "light", "dark")
Crumbs = Sequence[tuple[str, str]]
# What is in the bar on top: a word and its address.
PLACES = (
    ("Runs", "/runs/"),
    ("Queue", "/queue/"),
    ("Machines", "/nodes/"),
    ("Regressions", "/regressions/"),
    ("Failures", "/failures/"),
    ("Flaky", "/flaky/"),
    ("Tests", "/tests/"),
    ("Matrix", "/matrix/"),
    ("Builds", "/builds/"),
    ("Boots", "/boots/"),
    ("Projects", "/projects/"),
    ("Nodes", "/latest/nodes"),
    ("Stats", "/stats/"),
    ("Dashboards", "/dashboards/"),
)
# Where else one is in a place, besides below its address.
ALSO = {"/latest/nodes": "/latest/node/"}


class PageQuery(query.Query):
    """What every page understands: the parts of it, with commas in between, that are asked for by themselves."""

    fragment: query.Text = ""


def show(call: Call, template: str, *, title: str, crumbs: Crumbs = (), **values: Any) -> Page:
    """Return a page, or the parts of it that are asked for as ``fragment``.

    ``crumbs`` lead here, each a word and its address; of the ``values`` these are the frame's own: ``topics``, what the
    page is about, for live updates; ``forms``, in which else the same can be had (``json``, ``csv``); ``feed``, where
    their Atom feed is.

    Raises:
        NotFound: the page has no such part.
    """
    parts = asked(call)
    for missing in [name for name in parts if name not in pages.blocks(template)]:
        raise NotFound(f"this page has no part {missing}")
    frame = surroundings(call.headers, call.settings, title, crumbs)
    frame["user"] = getattr(call.principal, "username", "") or ""
    frame["may_report"] = asking.may_report(call.settings, call.principal or NOBODY)
    frame["csrf"], made = csrf.of(call.headers, call.settings)
    frame["told"] = "" if parts else cookies.told(call.headers)
    told = {**frame, "now": call.now.replace(second=0, microsecond=0), **values}
    html = "".join(pages.render(template, block=block, **told) for block in parts or [""])
    said = (cookies.dropped(call.headers, call.settings, cookies.TOLD),) if frame["told"] else ()
    return Page(html, cookies=(*made, *said))


def asked(call: Call) -> list[str]:
    """Return the names of the parts of a page that are asked for by themselves, each once; none: all of it."""
    return list(dict.fromkeys(filter(None, getattr(call.query, "fragment", "").split(","))))


def surroundings(environ: Mapping[str, Any], settings: Settings, title: str, crumbs: Crumbs) -> dict[str, Any]:
    """Return what the template of the frame is told."""
    said = addresses.pairs(environ.get("QUERY_STRING", ""))
    address = urlsplit(origins.address(environ))
    here = address.path
    place = pages.place(settings)
    inside = here.removeprefix(place)
    return {
        "place": place,
        "title": title,
        "crumbs": crumbs,
        "places": [(word, to, _in(inside, to)) for word, to in PLACES],
        "here": here,
        "said": said,
        "hidden": [(name, value) for name, value in said if name not in addresses.PLACE],
        "origin": f"{address.scheme}://{address.netloc}",
        "curl": f"curl {shlex.quote(address.geturl() + addresses.formatted(said, 'json'))}",
        "token": settings.results_access != "open",
        "theme": _theme(environ),
        "forms": ("json",),
        "topics": "",
        "feed": "",
        "csrf": "",
        "told": "",
        "user": "",
        "may_report": False,
        "q": "",
        "version": paddles.__version__,
        "changed": addresses.changed,
        "moved": addresses.moved,
        "without": addresses.without,
        "formatted": addresses.formatted,
        "path": addresses.path,
        "segment": addresses.segment,
    }


def _in(inside: str, to: str) -> bool:
    return inside == to or inside.startswith((f"{to.rstrip('/')}/", ALSO.get(to, "//")))


def refused(status: int, message: str, error: Exception) -> Response:
    """Return the page of an error: what is wrong, and where to go from there.

    Of what is not there it says what is called much alike, where the database can be asked; nothing else needs that.
    """
    environ = pecan.request.environ
    phrase = HTTPStatus(status).phrase if status in {each.value for each in HTTPStatus} else "Error"
    frame = surroundings(environ, environ["paddles.context"].settings, phrase, ())
    try:
        told: dict[str, Any] = {"status": status, "message": message, "request_id": REQUEST_ID.get(), "now": _now()}
        told |= {"near": nearby.offered(environ, error), "wait": error.seconds if isinstance(error, TooMany) else None}
        html = pages.render("pages/error.html", **frame, **told)
    except Exception:
        log.exception("the page of an error could not be made")
        html = f"<!doctype html><title>{status}</title><h1>{phrase}</h1>"
    return pages.answer(html, status)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _theme(environ: Mapping[str, Any]) -> str:
    try:
        said = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("theme")
    except CookieError:
        return THEMES[0]
    return said.value if said and said.value in THEMES else THEMES[0]

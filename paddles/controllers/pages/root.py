"""Which addresses have pages, and who is shown them."""

from dataclasses import replace
from typing import Any, ClassVar

from paddles.controllers.pages import plain
from paddles.controllers.pages.builds import BuildsPage
from paddles.controllers.pages.files import StaticController
from paddles.controllers.pages.login import LoginPage, LogoutPage
from paddles.web import pages
from paddles.web.resource import Found, Resource


class Pages(Resource):
    """The pages, below the address of the service."""

    face = plain
    words: ClassVar[dict[str, Resource]] = {
        "builds": BuildsPage(),
        "login": LoginPage(),
        "logout": LogoutPage(),
        "static": StaticController(),
    }


PAGES = Pages()


def beside(theirs: Found, path: list[str], method: str) -> Found:
    """Return where a request goes that ``theirs`` answers to programs: where it is a page's, browsers are shown that.

    What nobody answers is refused on a page to who would rather have one.
    """
    ours = PAGES.locate(path, method)
    if ours.handler is None:
        if theirs.handler is not None or method not in ("GET", "HEAD"):
            return theirs
        return replace(theirs, face=plain, other=theirs, others=_other_than_page)
    if theirs.handler is None:
        return ours
    return replace(ours, other=theirs, others=_other_than_page)


def _other_than_page(environ: dict[str, Any]) -> bool:
    return not pages.wanted(environ)
